package apikeyauthextension

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
)

// health joins what the sources of keys report into the one status of the component.
type health struct {
	host component.Host

	mu       sync.Mutex
	failures map[string]error
}

// set notes how a source is; nil is well.
func (h *health) set(source string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failures == nil {
		h.failures = map[string]error{}
	}
	if err == nil {
		delete(h.failures, source)
	} else {
		h.failures[source] = err
	}
	event := componentstatus.NewEvent(componentstatus.StatusOK)
	if len(h.failures) > 0 {
		var all []error
		for _, name := range slices.Sorted(maps.Keys(h.failures)) {
			all = append(all, h.failures[name])
		}
		event = componentstatus.NewRecoverableErrorEvent(errors.Join(all...))
	}
	componentstatus.ReportStatus(h.host, event)
}

// rarely lets one log line of a kind through and holds back those that follow too soon, so that nobody can fill the log.
type rarely struct {
	every time.Duration

	mu   sync.Mutex
	last map[string]time.Time
}

func (r *rarely) may(kind string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, ok := r.last[kind]; ok && now.Sub(last) < r.every {
		return false
	}
	if r.last == nil {
		r.last = map[string]time.Time{}
	}
	r.last[kind] = now
	return true
}
