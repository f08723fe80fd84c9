package apikeyauthextension

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	own "github.com/watchllm/watchllm/extension/apikeyauthextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/apikey"
)

// Nothing that was presented is in a log line, an error, a metric or a file, however it was refused.
func TestKeysLeaveNoTrace(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	tel := componenttest.NewTelemetry()
	t.Cleanup(func() { require.NoError(t, tel.Shutdown(context.Background())) })
	set := extensiontest.NewNopSettings(own.Type)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	set.Logger = zap.New(core)

	l := newLogin(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "keys.yaml")
	good := create(t, path, nil)
	expired := create(t, path, func(r *apikey.Record) { r.ExpiresAt = time.Now().Add(-time.Minute) })
	revoked := create(t, path, nil)
	_, err := apikey.Revoke(path, revoked.ID(), time.Now())
	require.NoError(t, err)
	stranger, err := apikey.New()
	require.NoError(t, err)

	cfg := createDefaultConfig().(*Config)
	l.config(nil)(cfg)
	cfg.KeysFile, cfg.Role = path, "read"
	cfg.RefusedAttempts.Limit = 3
	ext, err := newExtension(set, cfg)
	require.NoError(t, err)
	require.NoError(t, ext.Start(context.Background(), componenttest.NewNopHost()))

	ctx := client.NewContext(context.Background(), client.Info{Addr: ip("10.0.0.1")})
	var said strings.Builder
	presented := []string{good.Reveal(), expired.Reveal(), revoked.Reveal(), stranger.Reveal(), mistyped(good.Reveal()), "wllm_half-a-secret-key", l.key}
	for _, closed := range []bool{false, true} {
		l.closed.Store(closed)
		for range 4 {
			for _, key := range presented {
				_, err := ext.Authenticate(ctx, map[string][]string{"x-api-key": {key}})
				fmt.Fprintf(&said, "%v %+v\n", err, err)
			}
		}
	}
	for _, wrong := range []string{"id: " + good.Reveal() + "\n    hash: " + good.Hash().String(), "id: x\n    hash: " + stranger.Reveal(), good.Reveal() + ": x"} {
		require.NoError(t, os.WriteFile(path, []byte("keys:\n  - "+wrong+"\n"), 0o600))
		_, err := apikey.Load(path)
		require.Error(t, err)
		said.WriteString(err.Error())
	}
	require.NoError(t, ext.Shutdown(context.Background()))
	for _, entry := range logs.All() {
		fmt.Fprintln(&said, entry.Message, entry.ContextMap())
	}
	require.Contains(t, said.String(), "held up", "the log was not simply empty")
	used, err := os.ReadFile(apikey.UsageFile(path))
	require.NoError(t, err)
	said.Write(used)
	m, err := tel.GetMetric("otelcol_extension_api_key_auth_requests")
	require.NoError(t, err)
	fmt.Fprintf(&said, "%+v", m)
	for _, key := range presented {
		secret := key[len(key)-12:]
		require.NotContains(t, said.String(), secret)
	}
}
