package queuestorageextension

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/extension/queuestorageextension/internal/seglog"
)

type queueStorage struct {
	cfg *Config
	log *zap.Logger
}

var _ storage.Extension = (*queueStorage)(nil)

func (*queueStorage) Start(context.Context, component.Host) error { return nil }

// Shutdown has nothing to do: clients are closed by those who asked for them.
func (*queueStorage) Shutdown(context.Context) error { return nil }

// GetClient opens the folder of a component. What file_storage kept for it in the same directory is taken over.
func (q *queueStorage) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (storage.Client, error) {
	parts := []string{strings.ToLower(kind.String()), id.Type().String(), id.Name()}
	if name != "" {
		parts = append(parts, name)
	}
	base := filepath.Join(q.cfg.Directory, fileName(strings.Join(parts, "_")))
	folder := base + ".queue"
	client, err := seglog.Open(folder, seglog.Options{
		FSync: q.cfg.FSync, MaxBytes: q.cfg.MaxSizeMiB * mib, SegmentBytes: q.cfg.SegmentMiB * mib, Logger: q.log,
	})
	if err != nil {
		return nil, fmt.Errorf("queue_storage: %w", err)
	}
	if err := q.takeOver(ctx, base, folder, client); err != nil {
		_ = client.Close(ctx)
		return nil, fmt.Errorf("queue_storage: take over %s: %w", base, err)
	}
	return client, nil
}

// fileName is how file_storage names its files: what is unsafe in a path becomes a number behind a tilde.
func fileName(component string) string {
	var b strings.Builder
	for _, r := range component {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "~%04X", r)
		}
	}
	return b.String()
}
