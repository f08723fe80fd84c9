package queuestorageextension

import (
	"errors"
	"fmt"
	"math"

	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/internal/confkeys"
)

// Config is the configuration of the queue_storage extension.
type Config struct {
	// Directory holds a folder for each component. It is made when it is missing.
	Directory string `mapstructure:"directory"`
	// FSync makes every batch survive a power loss; without it, the end of a process.
	FSync bool `mapstructure:"fsync"`
	// MaxSizeMiB bounds the files of each component; 0 is no bound.
	MaxSizeMiB int64 `mapstructure:"max_size_mib"`
	// SegmentMiB is the size from which on a new file is begun. A file is deleted when all in it is over.
	SegmentMiB int64 `mapstructure:"segment_mib"`

	// prevent unkeyed literal initialization
	_ struct{}
}

const mib = 1 << 20

// Unmarshal refuses keys that do not exist and names those that do.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate reports every mistake at once.
func (c *Config) Validate() error {
	var errs []error
	if c.Directory == "" {
		errs = append(errs, errors.New("directory: must not be empty; name a folder on a local disk"))
	}
	if c.SegmentMiB < 1 || c.SegmentMiB > math.MaxInt32 {
		errs = append(errs, fmt.Errorf("segment_mib: %d must be at least 1, such as 32", c.SegmentMiB))
	}
	if c.MaxSizeMiB != 0 && c.MaxSizeMiB < 2*c.SegmentMiB || c.MaxSizeMiB > math.MaxInt64/mib {
		errs = append(errs, fmt.Errorf("max_size_mib: %d must be 0 (no bound) or at least twice segment_mib (%d)", c.MaxSizeMiB, c.SegmentMiB))
	}
	return errors.Join(errs...)
}
