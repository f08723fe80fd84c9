package llmclickhouseexporter

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/internal/clickhouse"
)

// sendFresh sends spans that were never sent before, in one insert.
func (d *delivery) sendFresh(ctx context.Context, spans []dedup.Span) {
	keys := d.keys(spans)
	d.send(ctx, &dedup.Attempt{Token: token(keys), Keys: keys}, spans, false)
}

// repeat sends an attempt whose outcome is unknown once more. It looks first, because the server
// remembers tokens for a while only; what it does not find may still be on its way, so the whole set
// goes out again under the same token.
func (d *delivery) repeat(ctx context.Context, a dedup.Again) {
	found, err := d.look(ctx, a.Keys)
	if err != nil {
		d.window.Doubtful(a.Attempt)
		d.retryLater(ctx, a.Spans, err)
		return
	}
	if len(found) == len(a.Spans) {
		d.stored(ctx, a.Spans)
		return
	}
	d.send(ctx, a.Attempt, a.Spans, true)
}

// settle ends the doubt about an attempt that nobody will repeat as it was: the server is done with it,
// so what is not there will not come.
func (d *delivery) settle(ctx context.Context, a *dedup.Attempt) {
	found, err := d.look(ctx, a.Keys)
	if err != nil {
		d.retryLater(ctx, nil, err)
		return
	}
	d.window.Settle(a, func(id dedup.ID) bool { return has(found, id) })
	// After the doubt: as long as it lasts, rows are not corrected.
	d.noteFound(a.Keys, found)
}

// newest returns those of the spans of which neither they nor a later version are stored.
func (d *delivery) newest(ctx context.Context, spans []dedup.Span) []dedup.Span {
	if len(spans) == 0 {
		return nil
	}
	found, err := d.look(ctx, d.keys(spans))
	if err != nil {
		d.window.Released(spans)
		d.retryLater(ctx, spans, err)
		return nil
	}
	var there, rest []dedup.Span
	var c dedup.Claim
	for _, s := range spans {
		switch revision, ok := found[s.ID]; {
		case !ok:
			rest = append(rest, s)
			continue
		case revision > s.Revision:
			c.Superseded++
		default:
			c.Same++
		}
		s.Revision = max(s.Revision, found[s.ID])
		there = append(there, s)
	}
	d.window.Stored(there)
	// A correction may have been left out because a version was on its way.
	d.noteForSettling(there)
	d.countDuplicates(ctx, c)
	return rest
}

// look returns which of the spans are stored, or a later version of them, and which version it is.
func (d *delivery) look(ctx context.Context, keys []dedup.Key) (map[dedup.ID]uint32, error) {
	wanted := make(map[dedup.ID]uint32, len(keys))
	for _, k := range keys {
		wanted[d.hasher.ID(k)] = k.Revision
	}
	found := make(map[dedup.ID]uint32, len(keys))
	err := d.store.Stored(ctx, keys, func(k dedup.Key) {
		id := d.hasher.ID(k)
		// Where a later version is stored, an earlier one is not wanted any more.
		if revision, ok := wanted[id]; ok && k.Revision >= revision {
			found[id] = max(found[id], k.Revision)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("look which spans are stored: %w", err)
	}
	return found, nil
}

func has(set map[dedup.ID]uint32, id dedup.ID) bool { _, ok := set[id]; return ok }

func (d *delivery) send(ctx context.Context, a *dedup.Attempt, spans []dedup.Span, inDoubt bool) {
	d.window.Sent(a, spans)
	block := d.blocks.get()
	now := d.now()
	d.runs(spans, func(part, from, to int) { block.AppendRows(d.packs[part], from, to, now) })
	begin := time.Now()
	n, err := d.store.Insert(ctx, block, a.Token)
	took := time.Since(begin)
	block.Reset()
	d.blocks.put(block, n)
	if err == nil {
		d.telemetry.ExporterLlmClickhouseInserts.Add(ctx, 1)
		d.telemetry.ExporterLlmClickhouseInsertBytes.Add(ctx, int64(n))
		d.telemetry.ExporterLlmClickhouseInsertDuration.Record(ctx, took.Seconds())
		d.stored(ctx, spans)
		return
	}
	err = describe(len(spans), err)
	class, _ := clickhouse.Classify(err)
	switch {
	case class == clickhouse.ClassPermanent:
		d.countError(ctx, err)
		d.search(ctx, a, spans, err)
	case notStored(err) && !inDoubt:
		d.window.Released(spans)
		d.retryLater(ctx, spans, err)
	default:
		d.window.Doubtful(a)
		d.retryLater(ctx, spans, err)
	}
}

func (d *delivery) stored(ctx context.Context, spans []dedup.Span) {
	d.window.Stored(spans)
	d.health.ok()
	// Before they are counted: who waits for the count and then for nothing to be due must not look in between.
	d.noteForSettling(spans)
	d.telemetry.ExporterLlmClickhouseSpansStored.Add(ctx, int64(len(spans)))
	for _, s := range spans {
		d.seen(d.items[s.Index].end)
	}
}

// retryLater hands spans back after a failure that time or an operator heals.
func (d *delivery) retryLater(ctx context.Context, spans []dedup.Span, err error) {
	d.countError(ctx, err)
	class, wait := clickhouse.Classify(err)
	d.fail(spans, err)
	if class == clickhouse.ClassThrottle {
		d.wait = max(d.wait, wait)
	}
	if ctx.Err() == nil {
		d.health.failed(err)
	}
	if clickhouse.SchemaGone(err) {
		d.gate.shut()
	}
}

func (d *delivery) countError(ctx context.Context, err error) {
	class, _ := clickhouse.Classify(err)
	d.telemetry.ExporterLlmClickhouseInsertErrors.Add(ctx, 1, metric.WithAttributes(
		attribute.String("class", class.String()), attribute.String("reason", clickhouse.Reason(err))))
}

// token names a set of spans in their order; a repetition of the insert has the same.
func token(keys []dedup.Key) string {
	h := sha256.New()
	for _, k := range keys {
		h.Write(k.Trace[:])
		h.Write(k.Span[:])
		h.Write([]byte(k.Tenant))
		if k.Revision > 0 {
			h.Write(binary.LittleEndian.AppendUint32([]byte{1}, k.Revision)) // no tenant's name holds a control character
		}
		h.Write([]byte{0})
		h.Write([]byte(k.Project))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
