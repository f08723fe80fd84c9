package llmclickhouseexporter

import (
	"context"
	"time"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/settling"
)

// orderedStore keeps a corrected copy of a row from being stored behind a later version of the same span, of which it would then take
// the place: the row inserted last is the one that counts.
type orderedStore struct {
	settling.Store
	e *clickhouseExporter
}

// Append leaves out the rows of which a later version is on its way. Their traces are looked at again when it is stored.
func (s orderedStore) Append(ctx context.Context, corrections []settling.Correction) error {
	ids := make([]dedup.ID, len(corrections))
	for i := range corrections {
		c := &corrections[i]
		ids[i] = s.e.hasher.ID(dedup.Key{Tenant: c.Tenant, Project: c.Project, Trace: c.ID, Span: c.Span})
	}
	held := s.e.window.Hold(ids)
	free := ids[:0]
	mine := make([]settling.Correction, 0, len(corrections))
	for i, ok := range held {
		if ok {
			mine, free = append(mine, corrections[i]), append(free, ids[i])
		}
	}
	if len(mine) == 0 {
		return nil
	}
	err := s.Store.Append(ctx, mine)
	if err != nil && !notStored(err) {
		// The server may still be at it.
		time.AfterFunc(s.e.cfg.Timeout+overrun, func() { s.e.window.Free(free) })
		return err
	}
	s.e.window.Free(free)
	return err
}
