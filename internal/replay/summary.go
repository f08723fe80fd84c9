package replay

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Summary is what one replay did. Counts of records are spans, or log records and data points for recorded requests of those signals.
type Summary struct {
	Requests int // answered by the collector
	Records  int // in all requests, answered or not
	Accepted int
	Rejected int // refused for good, by a status or inside a partial success
	Failed   int // never answered in time
	Traces   int // distinct traces in what was generated; 0 for recorded requests

	Reasons map[string]int // records lost, by reason
	Skipped map[string]int // recorded requests of other signals, by kind
	Tenants map[string]int // records accepted, by tenant

	Truth   Truth // what was generated, the figures a correct pipeline must show; zero for recorded requests
	Seed    uint64
	Elapsed time.Duration
}

// Truth is what generated model calls really used. Input includes cached tokens and output includes reasoning.
type Truth struct {
	Calls      int // model and embedding calls, failed ones included
	Failed     int // of Calls, those that ended in an error
	NoUsage    int // of Calls, answered without token counts
	Input      int64
	Output     int64
	CacheRead  int64
	CacheWrite int64
	Reasoning  int64
}

func (t *Truth) add(o Truth) {
	t.Calls += o.Calls
	t.Failed += o.Failed
	t.NoUsage += o.NoUsage
	t.Input += o.Input
	t.Output += o.Output
	t.CacheRead += o.CacheRead
	t.CacheWrite += o.CacheWrite
	t.Reasoning += o.Reasoning
}

// Lost is the number of records that the collector did not accept.
func (s *Summary) Lost() int { return s.Records - s.Accepted }

func (s *Summary) lose(n int, reason string) {
	if n == 0 {
		return
	}
	if s.Reasons == nil {
		s.Reasons = map[string]int{}
	}
	s.Reasons[reason] += n
}

func (s *Summary) count(o outcome, tenant string) {
	s.Records += o.records
	if o.answered {
		s.Requests++
	}
	switch {
	case o.err == nil:
		s.Accepted += o.records - o.rejected
		s.Rejected += o.rejected
		s.lose(o.rejected, o.reason)
		if s.Tenants == nil {
			s.Tenants = map[string]int{}
		}
		s.Tenants[tenant] += o.records - o.rejected
	case o.answered:
		s.Rejected += o.records
		s.lose(o.records, o.err.Error())
	default:
		s.Failed += o.records
		s.lose(o.records, o.err.Error())
	}
}

// Print writes the summary for people.
func (s *Summary) Print(w io.Writer) {
	fmt.Fprintf(w, "sent %d records in %d requests (%s): %d accepted, %d rejected, %d unanswered\n",
		s.Records, s.Requests, s.Elapsed.Round(time.Millisecond), s.Accepted, s.Rejected, s.Failed)
	if len(s.Tenants) > 1 {
		for _, name := range slices.Sorted(maps.Keys(s.Tenants)) {
			fmt.Fprintf(w, "  tenant %-12s %d\n", name, s.Tenants[name])
		}
	}
	if s.Truth.Calls > 0 {
		fmt.Fprintf(w, "%d traces with %d model calls, %d input and %d output tokens (seed %d)\n",
			s.Traces, s.Truth.Calls, s.Truth.Input, s.Truth.Output, s.Seed)
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Reasons)) {
		fmt.Fprintf(w, "  lost %d: %s\n", s.Reasons[reason], reason)
	}
	if len(s.Skipped) > 0 {
		parts := make([]string, 0, len(s.Skipped))
		for _, kind := range slices.Sorted(maps.Keys(s.Skipped)) {
			parts = append(parts, fmt.Sprintf("%d %s", s.Skipped[kind], kind))
		}
		fmt.Fprintf(w, "left out: %s\n", strings.Join(parts, ", "))
	}
}
