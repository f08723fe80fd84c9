package llmeventreceiver

import (
	"context"
	"slices"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"

	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadata"
)

// NewFactory creates the factory of the llm_event receiver.
func NewFactory() receiver.Factory {
	return receiver.NewFactory(metadata.Type, createDefaultConfig,
		receiver.WithTraces(createTraces, metadata.TracesStability),
		receiver.WithLogs(createLogs, metadata.LogsStability),
	)
}

func createDefaultConfig() component.Config {
	server := confighttp.NewDefaultServerConfig()
	server.NetAddr.Endpoint = defaultEndpoint
	server.MaxRequestBodySize = defaultMaxBody
	server.ReadTimeout = defaultReadTimeout
	server.CompressionAlgorithms = slices.Clone(inflight.Encodings)
	return &Config{
		ServerConfig:      server,
		MaxCompressedSize: defaultMaxCompressed,
		MaxEvents:         defaultMaxEvents,
		MaxEventSize:      defaultMaxEventSize,
		MaxContentSize:    defaultMaxContentSize,
		MaxInFlightSize:   defaultMaxInFlight,
		Merge: MergeConfig{
			Window: defaultMergeWindow, MaxSize: defaultMergeMaxSize, MaxSizePerTenant: defaultMergeMaxSizePerTenant,
		},
		Foreign: ForeignConfig{
			MergeWait: defaultMergeWait, OpenWait: defaultOpenWait,
			MaxHeldSize: defaultMaxHeldSize, MaxHeldSizePerTenant: defaultMaxHeldSizePerTenant,
		},
	}
}

func createTraces(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Traces) (receiver.Traces, error) {
	s, err := receivers.loadOrCreate(set, cfg.(*Config))
	if err != nil {
		return nil, err
	}
	s.receiver.traces = next
	return s, nil
}

func createLogs(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
	s, err := receivers.loadOrCreate(set, cfg.(*Config))
	if err != nil {
		return nil, err
	}
	s.receiver.logs = next
	return s, nil
}
