package llmqueryextension

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/extension"

	"github.com/watchllm/watchllm/extension/llmqueryextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/clickhouse"
)

const (
	defaultEndpoint = "127.0.0.1:8001"
	day             = 24 * time.Hour

	// The same as in llm_cost, which has to look as often for amounts and explanations to agree.
	defaultReloadInterval = 5 * time.Second
	minReloadInterval     = time.Second
)

// NewFactory returns the factory of the llm_query extension.
func NewFactory() extension.Factory {
	return extension.NewFactory(metadata.Type, createDefaultConfig, create, metadata.ExtensionStability)
}

func createDefaultConfig() component.Config {
	server := confighttp.NewDefaultServerConfig()
	server.NetAddr.Endpoint = defaultEndpoint
	// Longer than max_execution_time, so that a slow statement is answered with a 504 and not with a cut connection.
	server.WriteTimeout = time.Minute
	// GET and HEAD only: a body is never read.
	server.MaxRequestBodySize = 4 << 10
	// Off until the section appears; an empty `auth:` then means our own authenticator.
	server.Auth = configoptional.Default(confighttp.AuthConfig{
		Config: configauth.Config{AuthenticatorID: component.MustNewID("api_key_auth")},
	})
	return &Config{
		ServerConfig: server,
		ClickHouse:   clickhouse.NewDefaultClientConfig(),

		PricesReloadInterval: defaultReloadInterval,

		Limits: LimitsConfig{
			MaxExecutionTime: 20 * time.Second,
			// The embedded engine has 2 GiB by default: one question must not push the writer out.
			MaxMemoryBytes:  1 << 30,
			DefaultWindow:   day,
			MaxWindow:       400 * day,
			MaxPoints:       1500,
			MaxModels:       1000,
			MaxPageSize:     200,
			MaxSpans:        10_000,
			MaxContentBytes: 64 << 20,
		},
	}
}

func create(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	return newExtension(cfg.(*Config), set)
}
