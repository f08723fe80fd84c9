package llmqueryextension

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

// Reasons why the store cannot be read. They name no host, user or table.
const (
	reasonUnreachable    = "unreachable"
	reasonRefused        = "refused"
	reasonSchemaMissing  = "schema_missing"
	reasonSchemaOutdated = "schema_outdated"
	reasonSchemaForeign  = "schema_foreign"
)

// Values of a check's status.
const (
	statusUp   = "up"
	statusDown = "down"
)

// storeCheck is the store's state as /readyz shows it.
type storeCheck struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	// Since is when the status or the reason last changed.
	Since time.Time `json:"since"`
}

// Limits of the check: an answer is shared for a second, and a store that needs longer than a second for
// one row is not one to send people to.
const (
	checkFreshness = time.Second
	checkTimeout   = time.Second
)

// readiness asks the store whether it answers and has its schema. Concurrent askers share one check.
type readiness struct {
	probe func(context.Context) error
	now   func() time.Time
	// changed is called, with the lock held, whenever status or reason changes.
	changed func(storeCheck, error)

	mu      sync.Mutex
	current storeCheck
	checked time.Time
}

// schemaProbe is the check itself: one small read that proves connection, credentials, grants and schema.
func schemaProbe(conn driver.Conn, target clickhouse.Target) func(context.Context) error {
	return func(ctx context.Context) error {
		version, err := clickhouse.Version(ctx, conn, target)
		switch {
		case errors.Is(err, clickhouse.ErrSchemaNewer):
			// Later migrations only add: what is asked here is still there.
			return nil
		case err != nil:
			return err
		case version == 0:
			return errSchemaMissing
		case version < clickhouse.SchemaVersion():
			return clickhouse.ErrSchemaOlder
		}
		return nil
	}
}

var errSchemaMissing = errors.New("the store has no schema yet")

// check returns the store's state, at most checkFreshness old.
func (c *readiness) check(ctx context.Context) storeCheck {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); !c.checked.IsZero() && now.Sub(c.checked) < checkFreshness {
		return c.current
	}
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	err := c.probe(limited)
	if ctx.Err() != nil {
		// The asker gave up, which says nothing about the store.
		return c.current
	}
	c.record(err)
	return c.current
}

func (c *readiness) record(err error) {
	now := c.now().UTC()
	c.checked = now
	next := storeCheck{Status: statusUp, Reason: reasonOf(err), Since: now}
	if err != nil {
		next.Status = statusDown
	}
	if next.Status == c.current.Status && next.Reason == c.current.Reason {
		return
	}
	c.current = next
	c.changed(next, err)
}

// doubt makes the next check ask the store again, after a statement failed.
func (c *readiness) doubt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked = time.Time{}
}

func reasonOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errSchemaMissing):
		return reasonSchemaMissing
	case errors.Is(err, clickhouse.ErrSchemaOlder):
		return reasonSchemaOutdated
	case errors.Is(err, clickhouse.ErrSchemaChanged):
		return reasonSchemaForeign
	}
	switch clickhouse.Code(err) {
	case codeUnknownUser, codeWrongPassword, codeAuthFailed, codeNotGranted:
		return reasonRefused
	case codeUnknownTable, codeUnknownDatabase:
		return reasonSchemaMissing
	}
	return reasonUnreachable
}

// healthSummary is the body of /healthz and /readyz.
type healthSummary struct {
	Status string                `json:"status"`
	Checks map[string]storeCheck `json:"checks"`
}

func (a *api) summary(r *http.Request) healthSummary {
	// One asker checks for all who wait: it must finish even when this one leaves.
	check := a.ready.check(context.WithoutCancel(r.Context()))
	out := healthSummary{Status: "ok", Checks: map[string]storeCheck{"store": check}}
	if check.Status != statusUp {
		out.Status = "unavailable"
	}
	return out
}

// live says that the process runs; an orchestrator restarts it when this fails, so the store is not asked.
func (a *api) live(w http.ResponseWriter, r *http.Request) {
	a.answerOpen(w, r, http.StatusOK, map[string]string{"status": "ok"})
}

// health tells people about the store with status 200 in any case: the process is well.
func (a *api) health(w http.ResponseWriter, r *http.Request) {
	a.answerOpen(w, r, http.StatusOK, a.summary(r))
}

// readyz says whether questions can be answered; load balancers look at the status.
func (a *api) readyz(w http.ResponseWriter, r *http.Request) {
	out, code := a.summary(r), http.StatusOK
	if out.Status != "ok" {
		code = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "2")
	}
	a.answerOpen(w, r, code, out)
}

func (a *api) answerOpen(w http.ResponseWriter, r *http.Request, code int, value any) {
	if err := writeJSON(w, code, value); err != nil {
		a.fail(w, r, err)
	}
}
