CREATE TABLE IF NOT EXISTS `watchllm`.`schema_migrations`
(
    number UInt32,
    name String,
    checksum String,
    applied_at DateTime64(3, 'UTC'),
    applied_by String
)
ENGINE = MergeTree()
ORDER BY number;
