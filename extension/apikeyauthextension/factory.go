package apikeyauthextension

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/extension"

	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/introspect"
	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/metadata"
)

// NewFactory creates the factory of the api_key_auth extension.
func NewFactory() extension.Factory {
	return extension.NewFactory(metadata.Type, createDefaultConfig, createExtension, metadata.ExtensionStability)
}

func createDefaultConfig() component.Config {
	return &Config{
		ReloadInterval:  defaultReloadInterval,
		Introspection:   configoptional.Default(introspect.NewDefaultConfig()),
		Schemes:         schemeNames(),
		LastUsed:        LastUsedConfig{Interval: defaultFlushInterval},
		RefusedAttempts: RefusedAttemptsConfig{Limit: defaultRefusals, Window: defaultRefusalsWindow},
	}
}

func createExtension(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	return newExtension(set, cfg.(*Config))
}
