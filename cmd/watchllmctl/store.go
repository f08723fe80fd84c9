package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/spf13/cobra"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

// storeFlags say where the store is: it stands in the collector's configuration.
type storeFlags struct {
	config, exporter string
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
	conn, err := c.Open()
	return conn, c.Target(), err
}

// configuredPrices are the price files that the configuration gives to llm_cost.
func configuredPrices(ctx context.Context, file string) ([]string, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs:              []string{"file:" + path},
		ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory(), envprovider.NewFactory(), yamlprovider.NewFactory()},
		DefaultScheme:     "env",
	})
	if err != nil {
		return nil, err
	}
	conf, err := resolver.Resolve(ctx)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	list, _ := conf.Get("processors::llm_cost::prices").([]any)
	var out []string
	for _, p := range list {
		if s, ok := p.(string); ok {
			out = append(out, s)
		}
	}
	return out, nil
}
