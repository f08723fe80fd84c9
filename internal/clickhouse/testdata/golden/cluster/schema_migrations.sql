CREATE TABLE IF NOT EXISTS `watchllm`.`schema_migrations` ON CLUSTER 'main'
(
    number UInt32,
    name String,
    checksum String,
    applied_at DateTime64(3, 'UTC'),
    applied_by String
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/watchllm/schema_migrations', '{shard}-{replica}')
ORDER BY number;
