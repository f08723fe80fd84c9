package llmclickhouseexporter

import (
	"context"
	"sync"
	"time"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/settling"
)

// orderedStore keeps a corrected copy of a row from being stored behind a later version of the same span, of which it would then take
// the place: the row inserted last is the one that counts.
type orderedStore struct {
	settling.Store
	e *clickhouseExporter

	mu sync.Mutex
	// doubtful counts the statements about a span's row that failed and that the server may still be at. The span stays held so long.
	doubtful map[dedup.ID]int
}

func newOrderedStore(s settling.Store, e *clickhouseExporter) *orderedStore {
	return &orderedStore{Store: s, e: e, doubtful: map[dedup.ID]int{}}
}

// Append leaves out the rows of which a later version is on its way. Their traces are looked at again when it is stored.
func (s *orderedStore) Append(ctx context.Context, corrections []settling.Correction) error {
	ids := make([]dedup.ID, len(corrections))
	for i := range corrections {
		c := &corrections[i]
		ids[i] = s.e.hasher.ID(dedup.Key{Tenant: c.Tenant, Project: c.Project, Trace: c.ID, Span: c.Span})
	}
	mine, held := s.hold(corrections, ids)
	if len(mine) == 0 {
		return nil
	}
	err := s.Store.Append(ctx, mine)
	s.release(held, err != nil && !notStored(err))
	return err
}

// hold returns the corrections that may be appended, and the spans they are of. What an earlier attempt left held is tried again: nobody
// else would.
func (s *orderedStore) hold(corrections []settling.Correction, ids []dedup.ID) (mine []settling.Correction, held []dedup.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, free := range s.e.window.Hold(ids) {
		if free || s.doubtful[ids[i]] > 0 {
			mine, held = append(mine, corrections[i]), append(held, ids[i])
		}
	}
	return mine, held
}

func (s *orderedStore) release(held []dedup.ID, inDoubt bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if inDoubt {
		for _, id := range held {
			s.doubtful[id]++
		}
		time.AfterFunc(s.e.cfg.Timeout+overrun, func() { s.settled(held) })
		return
	}
	s.free(held)
}

// settled says that the server must be done with a statement that failed.
func (s *orderedStore) settled(held []dedup.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range held {
		if s.doubtful[id]--; s.doubtful[id] == 0 {
			delete(s.doubtful, id)
		}
	}
	s.free(held)
}

func (s *orderedStore) free(held []dedup.ID) {
	var free []dedup.ID
	for _, id := range held {
		if s.doubtful[id] == 0 {
			free = append(free, id)
		}
	}
	s.e.window.Free(free)
}
