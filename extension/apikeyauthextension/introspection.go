package apikeyauthextension

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/introspect"
)

// startSource makes the client of the introspection; it does not ask anything yet.
func (a *apiKeyAuth) startSource(ctx context.Context, host component.Host) error {
	cfg := a.cfg.Introspection.Get()
	if cfg == nil {
		return nil
	}
	httpClient, err := cfg.HTTP.ToClient(ctx, host.GetExtensions(), a.set)
	if err != nil {
		return fmt.Errorf("introspection: %w", err)
	}
	a.source, err = introspect.New(*cfg, introspect.Settings{
		Client: introspect.NoRedirects(httpClient),
		Now:    a.now,
		Count:  a.metrics.introspection,
		Health: a.introspectionHealth,
		Complain: func(err error) {
			if a.rarely.may("answer", a.now()) {
				a.log.Warn("The introspection server calls a key active but does not say whose it is, so the key is refused; see introspection::claims.", zap.Error(err))
			}
		},
		WrongRole: a.metrics.wrongRole,
	})
	return err
}

func (a *apiKeyAuth) introspectionHealth(err error) {
	if err != nil {
		err = fmt.Errorf("introspection: %w", err)
		a.log.Error("The introspection server does not answer. Keys that it vouched for work until their grace is over; others are refused.", zap.Error(err))
	} else {
		a.log.Info("The introspection server answers again.")
	}
	a.health.set("introspection", err)
}
