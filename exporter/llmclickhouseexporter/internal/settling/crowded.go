package settling

import (
	"time"

	"github.com/watchllm/watchllm/internal/genai"
)

// Crowd is how many rows with one id of an answer are more than the reports of one call: a mock gives every answer the same id, which
// then tells nothing.
const Crowd = 64

// fewTraces are not worth being looked at in smaller portions for the sake of one of them that has too many neighbours.
const fewTraces = 16

// crowdedFor is how long is not asked again about what had too many answers.
const crowdedFor = 5 * time.Minute

// maxCrowded bounds the memory; senders choose ids.
const maxCrowded = 10_000

type serviceKey struct{ tenant, project, service string }

// crowded remembers what cannot be told apart from the calls around it: ids that everybody has, and services with so many calls at a
// time that their reports cannot be compared across traces. Asking about these would cost the traces of others their turn.
type crowded struct {
	ids      map[responseKey]time.Time
	services map[serviceKey]time.Time
}

func newCrowded() crowded {
	return crowded{map[responseKey]time.Time{}, map[serviceKey]time.Time{}}
}

func note[K comparable](m map[K]time.Time, k K, now time.Time) {
	if len(m) >= maxCrowded {
		clear(m)
	}
	m[k] = now.Add(crowdedFor)
}

func holds[K comparable](m map[K]time.Time, k K, now time.Time) bool {
	if len(m) == 0 {
		return false
	}
	until, ok := m[k]
	if ok && now.After(until) {
		delete(m, k)
		return false
	}
	return ok
}

// forgetIDs takes ids that tell nothing off the facts.
func (c *crowded) forgetIDs(rows []*Row, now time.Time) {
	for _, r := range rows {
		if r.ResponseID != "" && holds(c.ids, responseKey{r.Tenant, r.Project, r.ResponseID}, now) {
			r.ResponseID = ""
		}
	}
}

// service reports whether the calls of a fact's service are not compared across traces.
func (c *crowded) service(f *genai.Fact, now time.Time) bool {
	return holds(c.services, serviceKey{f.Tenant, f.Project, f.Service}, now)
}
