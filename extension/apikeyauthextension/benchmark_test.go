package apikeyauthextension

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	own "github.com/watchllm/watchllm/extension/apikeyauthextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

const benchmarkKeys = 100_000

// crowd is an extension with many keys and real counters, and some of the keys.
func crowd(b *testing.B) (*apiKeyAuth, []string) {
	b.Helper()
	records := make([]apikey.Record, benchmarkKeys)
	var texts []string
	for i := range records {
		key, err := apikey.New()
		require.NoError(b, err)
		records[i] = apikey.Record{ID: key.ID(), Hash: key.Hash(), Tenant: fmt.Sprint("tenant-", i), Project: "shop", Roles: []tenancy.Role{tenancy.RoleIngest}}
		if i%100 == 0 {
			texts = append(texts, key.Reveal())
		}
	}
	cfg := createDefaultConfig().(*Config)
	cfg.KeysFile = b.TempDir() + "/keys.yaml"
	set := extensiontest.NewNopSettings(own.Type)
	tel := componenttest.NewTelemetry()
	b.Cleanup(func() { require.NoError(b, tel.Shutdown(context.Background())) })
	set.TelemetrySettings = tel.NewTelemetrySettings()
	ext, err := newExtension(set, cfg)
	require.NoError(b, err)
	require.NoError(b, ext.use(records))
	return ext, texts
}

func BenchmarkAuthenticate(b *testing.B) {
	ext, keys := crowd(b)
	ctx := client.NewContext(context.Background(), client.Info{Addr: &net.IPAddr{IP: net.IPv4(10, 0, 0, 1)}})
	for name, value := range map[string]func(string) map[string][]string{
		"bearer":    func(k string) map[string][]string { return map[string][]string{"authorization": {"Bearer " + k}} },
		"x_api_key": func(k string) map[string][]string { return map[string][]string{"X-Api-Key": {k}} },
		"basic": func(k string) map[string][]string {
			return map[string][]string{"Authorization": {basicHeader("pk:" + k)}}
		},
	} {
		requests := make([]map[string][]string, len(keys))
		for i, k := range keys {
			requests[i] = value(k)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := ext.Authenticate(ctx, requests[i%len(requests)]); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
	refused := func(name, key string) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			h := map[string][]string{"authorization": {"Bearer " + key}}
			for b.Loop() {
				if _, err := ext.Authenticate(ctx, h); err == nil {
					b.Fatal("got in")
				}
			}
		})
	}
	stranger, err := apikey.New()
	require.NoError(b, err)
	refused("unknown", stranger.Reveal())
	refused("mistyped", mistyped(stranger.Reveal()))
}
