package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/pricing"
)

// storeFlags say where the store is: it stands in the collector's configuration.
type storeFlags struct {
	config, exporter string
	files            []string // price files of the book that was read last
}

func (f *storeFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "the collector's configuration (default: collector.yaml here, else the checkout's)")
	flags.StringVar(&f.exporter, "exporter", "llm_clickhouse", "the exporter's name in the configuration, which says where the store is")
}

// client is the store's address and account.
func (f *storeFlags) client(ctx context.Context) (clickhouse.ClientConfig, error) {
	file, err := findConfig(f.config)
	if err != nil {
		return clickhouse.ClientConfig{}, err
	}
	cfg, err := (&deadletterFlags{config: file, exporter: f.exporter}).load(ctx)
	if err != nil {
		return clickhouse.ClientConfig{}, err
	}
	return cfg.ClientConfig, nil
}

// open connects to the store.
func (f *storeFlags) open(ctx context.Context) (driver.Conn, clickhouse.Target, error) {
	c, err := f.client(ctx)
	if err != nil {
		return nil, clickhouse.Target{}, err
	}
	conn, err := openLedger(ctx, c)
	return conn, c.Target(), err
}

// openLedger connects to a store that has the ledger, and says what to do about one that has not.
func openLedger(ctx context.Context, c clickhouse.ClientConfig) (driver.Conn, error) {
	conn, err := c.Open()
	if err != nil {
		return nil, err
	}
	version, err := clickhouse.Version(ctx, conn, c.Target())
	if err == nil && version < clickhouse.SchemaVersion() {
		err = fmt.Errorf("the store %s at %s has schema %d and this program needs %d: start the collector of this version once, which brings it up to date",
			c.Database, c.Endpoint, version, clickhouse.SchemaVersion())
	}
	if err != nil {
		_ = conn.Close()
		return nil, unreachable(c.Endpoint, err)
	}
	return conn, nil
}

// unreachable says what to do where nothing listens, in place of the driver's words, which have the whole request in them.
func unreachable(endpoint string, err error) error {
	var dial *net.OpError
	if !errors.As(err, &dial) || dial.Op != "dial" {
		return err
	}
	return fmt.Errorf("the store at %s cannot be reached: %w; start WatchLLM, or give this command the same --config and WATCHLLM_* variables as the collector", endpoint, dial)
}

// configuredPrices are the price files that the configuration gives to llm_cost, so that nobody prices with another book than the
// collector. Several llm_cost processors have to agree.
func configuredPrices(ctx context.Context, file string) ([]string, error) {
	conf, err := resolveConfig(ctx, file)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	processors, _ := conf.Get("processors").(map[string]any)
	var out []string
	from := ""
	for _, name := range slices.Sorted(maps.Keys(processors)) {
		if kind, _, _ := strings.Cut(name, "/"); kind != "llm_cost" {
			continue
		}
		list, _ := conf.Get("processors::" + name + "::prices").([]any)
		paths := make([]string, len(list))
		for i, p := range list {
			paths[i] = fmt.Sprint(p)
		}
		if from != "" && !slices.Equal(paths, out) {
			return nil, fmt.Errorf("%s: %s and %s have different prices: %v and %v; give both the same, or name a configuration with one of them by --config",
				file, from, name, out, paths)
		}
		from, out = name, paths
	}
	return out, nil
}

// book is the price book that the collector uses: the one that comes with the program, corrected by the files that the configuration
// names, and then by those named here.
func (f *storeFlags) book(ctx context.Context, more []string) (*pricing.Book, error) {
	file, err := findConfig(f.config)
	if err != nil {
		return nil, err
	}
	paths, err := configuredPrices(ctx, file)
	if err != nil {
		return nil, err
	}
	f.files = append(paths, more...)
	return pricing.LoadPaths(f.files...)
}

// correctedBy says which files of one's own a book has, because another shell or folder easily means others than the collector's.
func correctedBy(files []string) string {
	if len(files) == 0 {
		return "no price files of your own"
	}
	return "price files " + strings.Join(files, ", ")
}
