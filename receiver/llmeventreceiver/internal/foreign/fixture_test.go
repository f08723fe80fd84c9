package foreign

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// memory is a storage client that outlives the assembler, as a file does.
type memory struct {
	data map[string][]byte
	fail error
}

func (m *memory) Get(_ context.Context, key string) ([]byte, error) { return m.data[key], nil }
func (m *memory) Set(ctx context.Context, key string, value []byte) error {
	return m.Batch(ctx, storage.SetOperation(key, value))
}
func (m *memory) Delete(ctx context.Context, key string) error {
	return m.Batch(ctx, storage.DeleteOperation(key))
}
func (m *memory) Close(context.Context) error { return nil }
func (m *memory) Batch(_ context.Context, ops ...*storage.Operation) error {
	if m.fail != nil {
		return m.fail
	}
	for _, op := range ops {
		switch op.Type {
		case storage.Set:
			m.data[op.Key] = op.Value
		case storage.Delete:
			delete(m.data, op.Key)
		}
	}
	return nil
}
func (m *memory) Walk(ctx context.Context, fn storage.WalkFunc) error {
	var all []*storage.Operation
	for k, v := range maps.Clone(m.data) {
		ops, err := fn(k, v)
		if err != nil {
			return err
		}
		all = append(all, ops...)
	}
	return m.Batch(ctx, all...)
}

// bench is an assembler with everything around it under the test's control.
type bench struct {
	*Assembler
	t      *testing.T
	now    time.Time
	out    []sent
	refuse error
	counts map[Outcome]int
}

type sent struct {
	tenant  string
	span    ptrace.Span
	project string
	// acknowledged: its sender was told that it is safe, so nobody may refuse it for good.
	acknowledged bool
}

func newBench(t *testing.T, edit func(*Settings)) *bench {
	b := &bench{t: t, now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), counts: map[Outcome]int{}}
	s := Settings{
		MergeWait: 30 * time.Second, OpenWait: time.Hour, MaxBytes: 1 << 30, MaxTenantBytes: 1 << 30,
		Count: func(_ string, what Outcome, n int) { b.counts[what] += n },
		Now:   func() time.Time { return b.now },
		Emit: func(ctx context.Context, td ptrace.Traces) error {
			if b.refuse != nil {
				return b.refuse
			}
			id, _ := tenancy.FromContext(ctx)
			for _, rs := range td.ResourceSpans().All() {
				for _, ss := range rs.ScopeSpans().All() {
					for _, span := range ss.Spans().All() {
						b.out = append(b.out, sent{id.Tenant, span, id.Project, tenancy.Acknowledged(ctx)})
					}
				}
			}
			return nil
		},
	}
	if edit != nil {
		edit(&s)
	}
	b.Assembler = NewAssembler(s)
	return b
}

// as is a key of a tenant, or of one of its projects, written tenant/project.
func as(owner string) context.Context {
	tenant, project, named := strings.Cut(owner, "/")
	if !named {
		project = "p"
	}
	return tenancy.NewContext(context.Background(), tenancy.Identity{Tenant: tenant, Project: project, KeyID: "k"})
}

func (b *bench) take(tenant string, parts ...Part) {
	b.t.Helper()
	require.NoError(b.t, b.Take(as(tenant), "v", parts))
}

func part(id string, edit func(*Part)) Part {
	p := NewPart()
	p.ID, p.TraceID, p.Scope = id, "t", "client"
	edit(&p)
	return p
}

func opening(id string) Part {
	return part(id, func(p *Part) {
		p.Opens, p.Name, p.Start = true, "call", time.Unix(1_795_000_000, 0)
		p.Attributes.PutStr("input", "hello")
		p.Attributes.PutStr("both", "first")
	})
}

func closing(id string) Part {
	return part(id, func(p *Part) {
		p.Closes, p.End, p.Order = true, time.Unix(1_795_000_002, 0), 1
		p.Attributes.PutInt("tokens", 7)
		p.Attributes.PutStr("both", "second")
	})
}

func (b *bench) one() map[string]any {
	b.t.Helper()
	require.Len(b.t, b.out, 1)
	return b.out[0].span.Attributes().AsRaw()
}
