package llmclickhouseexporter

import (
	"errors"
	"fmt"
	"math"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/confkeys"
)

// Config is the configuration of the llm_clickhouse exporter.
type Config struct {
	// ClientConfig is where the store is; its keys stand at the top level.
	clickhouse.ClientConfig `mapstructure:",squash"`
	// CreateSchema lets the exporter create the database and apply missing migrations.
	CreateSchema bool `mapstructure:"create_schema"`
	// QueueConfig buffers and batches before the store.
	QueueConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	// RetryConfig is how often a failed batch is tried again.
	RetryConfig configretry.BackOffConfig `mapstructure:"retry_on_failure"`
	// DeadLetter is where data goes that ClickHouse refuses for good.
	DeadLetter DeadLetterConfig `mapstructure:"dead_letter"`
	// Dedup is how stored spans are remembered to recognise copies.
	Dedup DedupConfig `mapstructure:"dedup"`
	// Settle is how calls that are reported several times are found out across deliveries.
	Settle SettleConfig `mapstructure:"settle"`
	// Retention is how long rows are kept.
	Retention RetentionConfig `mapstructure:"retention"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// DeadLetterConfig bounds and places the dead-letter folder.
type DeadLetterConfig struct {
	// Directory holds what was refused. Without one, refused spans are dropped and counted.
	Directory string `mapstructure:"directory"`
	// MaxSizeMiB bounds the folder; when it is full, the exporter waits rather than loses.
	MaxSizeMiB int64 `mapstructure:"max_size_mib"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// DedupConfig sizes the window of remembered identities; one takes about 60 bytes.
type DedupConfig struct {
	// WindowSize is how many identities are remembered at most.
	WindowSize int `mapstructure:"window_size"`
	// WindowAge is for how long.
	WindowAge time.Duration `mapstructure:"window_age"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// SettleConfig is how long and how many traces are remembered for another look; one takes about 250 bytes.
type SettleConfig struct {
	// Enabled switches settling on.
	Enabled bool `mapstructure:"enabled"`
	// Delay is from the arrival of spans to the look at their trace.
	Delay time.Duration `mapstructure:"delay"`
	// MaxAge is how long a trace in which a span is missing is remembered after its last span.
	MaxAge time.Duration `mapstructure:"max_age"`
	// Lookback is how far back in the store is looked at start.
	Lookback time.Duration `mapstructure:"lookback"`
	// MaxTraces are remembered at most.
	MaxTraces int `mapstructure:"max_traces"`
	// MaxTracesPerTenant are remembered at most of one tenant.
	MaxTracesPerTenant int `mapstructure:"max_traces_per_tenant"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// RetentionConfig says for how many days after its start a span is kept; 0 is forever.
type RetentionConfig struct {
	// Days is for tenants that are not named.
	Days int `mapstructure:"days"`
	// Tenants names the exceptions.
	Tenants map[string]int `mapstructure:"tenants"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// forever is what 0 days are stored as: a hundred years, which ClickHouse's Date can still add.
const forever = 36500

func (r RetentionConfig) days(tenant string) uint16 {
	d, ok := r.Tenants[tenant]
	if !ok {
		d = r.Days
	}
	if d == 0 {
		return forever
	}
	return uint16(d)
}

const mib = 1 << 20

func createDefaultConfig() component.Config {
	retry := configretry.NewDefaultBackOffConfig()
	retry.InitialInterval = 500 * time.Millisecond
	retry.MaxInterval = 10 * time.Second
	// A batch is given up never: the queue is what bounds how much waits.
	retry.MaxElapsedTime = 0
	return &Config{
		ClientConfig: clickhouse.NewDefaultClientConfig(),
		CreateSchema: true,
		QueueConfig: configoptional.Some(exporterhelper.QueueBatchConfig{
			Sizer:     exporterhelper.RequestSizerTypeBytes,
			QueueSize: 256 * mib,
			// An insert costs ClickHouse about the same whatever its size: few and big ones.
			NumConsumers: 2,
			Batch: configoptional.Some(exporterhelper.BatchConfig{
				FlushTimeout: time.Second,
				Sizer:        exporterhelper.RequestSizerTypeBytes,
				MinSize:      4 * mib,
				// No MaxSize: the queue drops a single span that is larger, after it was acknowledged.
			}),
		}),
		RetryConfig: retry,
		DeadLetter:  DeadLetterConfig{MaxSizeMiB: 1024},
		Dedup:       DedupConfig{WindowSize: 500_000, WindowAge: time.Hour},
		Settle: SettleConfig{
			Enabled: true, Delay: time.Second, MaxAge: 15 * time.Minute, Lookback: 15 * time.Minute,
			MaxTraces: 100_000, MaxTracesPerTenant: 50_000,
		},
		Retention: RetentionConfig{Days: 30},
	}
}

// Unmarshal refuses keys that do not exist and names those that do.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate reports every mistake of the exporter's own keys at once. Those of ClientConfig are checked by
// its own Validate, which confmap.Validate calls as well.
func (c *Config) Validate() error {
	var errs []error
	if c.DeadLetter.MaxSizeMiB <= 0 || c.DeadLetter.MaxSizeMiB > math.MaxInt64/mib {
		errs = append(errs, fmt.Errorf("dead_letter::max_size_mib: %d must be at least 1", c.DeadLetter.MaxSizeMiB))
	}
	if max := maxBatch(c.QueueConfig); max > 0 && max < largestRequest {
		errs = append(errs, fmt.Errorf("sending_queue::batch::max_size: %d would drop acknowledged spans that are larger; leave it out, or at least %d", max, int64(largestRequest)))
	}
	if c.Dedup.WindowSize < 0 {
		errs = append(errs, fmt.Errorf("dedup::window_size: %d must be 0 (no window) or more", c.Dedup.WindowSize))
	}
	if c.Dedup.WindowAge <= 0 {
		errs = append(errs, fmt.Errorf("dedup::window_age: %v must be more than 0, such as 1h", c.Dedup.WindowAge))
	}
	errs = append(errs, c.Settle.check()...)
	if err := checkDays("retention::days", c.Retention.Days); err != nil {
		errs = append(errs, err)
	}
	for tenant, days := range c.Retention.Tenants {
		if err := checkDays("retention::tenants::"+tenant, days); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// largestRequest is what the default receivers admit (32 MiB) and what processors may add to it.
const largestRequest = 48 * mib

// maxBatch is the size in bytes at which batches are cut, 0 for none.
func maxBatch(q configoptional.Optional[exporterhelper.QueueBatchConfig]) int64 {
	if !q.HasValue() || !q.Get().Batch.HasValue() {
		return 0
	}
	b := q.Get().Batch.Get()
	if b.Sizer != exporterhelper.RequestSizerTypeBytes {
		return 0
	}
	return b.MaxSize
}

func (c SettleConfig) check() []error {
	if !c.Enabled {
		return nil
	}
	var errs []error
	if c.Delay <= 0 {
		errs = append(errs, fmt.Errorf("settle::delay: %v must be more than 0, such as 1s", c.Delay))
	}
	if c.MaxAge < c.Delay {
		errs = append(errs, fmt.Errorf("settle::max_age: %v must be at least settle::delay (%v), such as 15m", c.MaxAge, c.Delay))
	}
	if c.Lookback < 0 {
		errs = append(errs, fmt.Errorf("settle::lookback: %v must be 0 (look at nothing older at start) or more, such as 15m", c.Lookback))
	}
	if c.MaxTraces < 1 {
		errs = append(errs, fmt.Errorf("settle::max_traces: %d must be at least 1, such as 100000; settle::enabled: false switches settling off", c.MaxTraces))
	}
	if c.MaxTracesPerTenant < 1 || c.MaxTracesPerTenant > c.MaxTraces {
		errs = append(errs, fmt.Errorf("settle::max_traces_per_tenant: %d must be 1 to settle::max_traces (%d)", c.MaxTracesPerTenant, c.MaxTraces))
	}
	return errs
}

func checkDays(key string, days int) error {
	if days < 0 || days > forever {
		return fmt.Errorf("%s: %d must be 0 (forever) to %d", key, days, forever)
	}
	return nil
}
