package foreign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// Sweep hands on what has waited long enough, and forgets traces that nothing comes of any more.
func (a *Assembler) Sweep(ctx context.Context) error {
	now := a.Now()
	var spans, traces []leaving
	a.mu.Lock()
	for name, t := range a.tenants {
		for _, h := range t.spans {
			if !h.emitting && !now.Before(h.due) {
				spans = append(spans, leaving{span: h})
			}
		}
		for _, ab := range t.traces {
			if len(ab.spans) == 0 && now.Sub(ab.touched) >= traceWait {
				traces = append(traces, leaving{about: ab})
			}
		}
		if len(t.spans) == 0 && len(t.traces) == 0 {
			delete(a.tenants, name)
		}
	}
	whole := slices.DeleteFunc(slices.Clone(spans), func(l leaving) bool { return !l.span.ready() })
	spans = slices.DeleteFunc(spans, func(l leaving) bool { return l.span.ready() })
	a.mu.Unlock()
	return errors.Join(a.emit(ctx, whole, ""), a.emit(ctx, spans, Expired), a.emit(ctx, traces, ""))
}

// makeRoom hands on the oldest of what is held until need more bytes fit: the tenant's own first, then those of whoever has most.
func (a *Assembler) makeRoom(ctx context.Context, tenantName string, need int64) error {
	a.mu.Lock()
	t := a.tenantOf(tenantName)
	var out []leaving
	if t.bytes+need > a.MaxTenantBytes {
		out = t.oldest(t.bytes + need - a.MaxTenantBytes)
	} else if a.bytes+need > a.MaxBytes {
		out = a.largest().oldest(a.bytes + need - a.MaxBytes)
	}
	a.mu.Unlock()
	return a.emit(ctx, out, Evicted)
}

func (a *Assembler) largest() *tenant {
	var most *tenant
	for _, t := range a.tenants {
		if most == nil || t.bytes > most.bytes {
			most = t
		}
	}
	return most
}

// oldest chooses what came first until so many bytes are together.
func (t *tenant) oldest(bytes int64) (out []leaving) {
	for e := t.order.Front(); e != nil && bytes > 0; e = e.Next() {
		switch item := e.Value.(type) {
		case *held:
			if !item.emitting {
				out = append(out, leaving{span: item})
				bytes -= size(item.parts)
			}
		case *about:
			if len(item.parts) > 0 {
				out = append(out, leaving{about: item})
				bytes -= size(item.parts)
			}
		}
	}
	return out
}

func size(parts []heldPart) (n int64) {
	for i := range parts {
		n += parts[i].bytes
	}
	return n
}

// Restore reads back what was held when the process ended. It returns how many parts there were, and how many of them could not be
// read and are gone.
func (a *Assembler) Restore(ctx context.Context) (parts, unreadable int, err error) {
	if a.Storage == nil {
		return 0, 0, nil
	}
	walker, ok := a.Storage.(storage.Walker)
	if !ok {
		return 0, 0, errors.New("the storage extension cannot list what it holds; use file_storage")
	}
	type found struct {
		slot uint64
		from sender
		part heldPart
	}
	var all []found
	err = walker.Walk(ctx, func(key string, value []byte) ([]*storage.Operation, error) {
		slot, numberErr := strconv.ParseUint(key, 36, 64)
		head, p, body, decodeErr := decodePart(slices.Clone(value))
		if numberErr != nil || decodeErr != nil {
			unreadable++
			return []*storage.Operation{storage.DeleteOperation(key)}, nil
		}
		from := sender{who: head.Identity, tenant: tenancy.Default, vendor: head.Vendor}
		if head.Identity != nil {
			from.tenant = head.Identity.Tenant
		}
		all = append(all, found{slot, from, heldPart{Part: p, hash: a.hashOf(&p, body), bytes: heldSize(&p, body), slot: key}})
		return nil, nil
	})
	if err != nil {
		return 0, unreadable, fmt.Errorf("reading back the spans that were held: %w", err)
	}
	slices.SortFunc(all, func(x, y found) int { return cmp.Compare(x.slot, y.slot) })
	now := a.Now()
	var useless []heldPart
	a.mu.Lock()
	for _, f := range all {
		a.serial = max(a.serial, f.slot)
		ready, repeats := a.put(f.from, []heldPart{f.part}, now)
		for _, h := range ready {
			h.due = now
		}
		useless = append(useless, repeats...)
	}
	a.mu.Unlock()
	a.forget(ctx, useless)
	return len(all), unreadable, nil
}

// Close hands on everything that is held. With storage, spans of which a half is missing stay there for the next start.
func (a *Assembler) Close(ctx context.Context) error {
	a.mu.Lock()
	var spans, traces []leaving
	for _, t := range a.tenants {
		for _, h := range t.spans {
			if a.Storage == nil || h.usable() {
				spans = append(spans, leaving{span: h})
			}
		}
		for _, ab := range t.traces {
			if a.Storage == nil {
				traces = append(traces, leaving{about: ab})
			}
		}
	}
	a.mu.Unlock()
	err := errors.Join(a.emit(ctx, spans, Expired), a.emit(ctx, traces, ""))
	if a.Storage != nil {
		err = errors.Join(err, a.Storage.Close(ctx))
	}
	return err
}

// usable reports whether what is missing would not change what the span tells.
func (h *held) usable() bool { return !h.open() && missing(plain(h.parts)) != incompleteNoStart }
