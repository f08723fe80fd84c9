package main

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/spf13/cobra"

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
