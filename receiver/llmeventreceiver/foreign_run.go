package llmeventreceiver

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/told"
)

// foreignVendors is the part of the receiver that takes other vendors' formats.
type foreignVendors struct {
	r         *eventReceiver
	decoders  []foreign.Decoder
	assembler *foreign.Assembler
	told      *told.Memory
	unproven  *inflight.Room
	halt      context.CancelFunc
	sweeping  sync.WaitGroup
}

func newForeignVendors(r *eventReceiver) *foreignVendors {
	f := &foreignVendors{unproven: inflight.NewRoom(unprovenRoom), r: r}
	for i := range vendors {
		if slices.Contains(r.cfg.Foreign.Vendors, vendors[i].Name) {
			f.decoders = append(f.decoders, vendors[i])
		}
	}
	return f
}

// start reads back what was held and watches what is due.
func (f *foreignVendors) start(ctx context.Context, host component.Host) error {
	cfg := &f.r.cfg.Foreign
	var err error
	if f.told, err = told.New(); err != nil {
		return err
	}
	client, err := f.storage(ctx, host)
	if err != nil {
		return err
	}
	f.assembler = foreign.NewAssembler(foreign.Settings{
		MergeWait: cfg.MergeWait, OpenWait: cfg.OpenWait, MaxBytes: cfg.MaxHeldSize, MaxTenantBytes: cfg.MaxHeldSizePerTenant,
		Storage: client, Emit: f.emit, Count: f.count, Now: f.r.now,
	})
	parts, unreadable, err := f.assembler.Restore(ctx)
	if err != nil {
		return fmt.Errorf("foreign::storage: %w", err)
	}
	if parts > 0 || unreadable > 0 {
		f.r.set.Logger.Info("Read back parts of spans that had not been complete", zap.Int("parts", parts), zap.Int("unreadable", unreadable))
	}
	background, halt := context.WithCancel(context.Background())
	f.halt = halt
	f.sweeping.Go(func() { f.sweep(background) })
	return nil
}

func (f *foreignVendors) storage(ctx context.Context, host component.Host) (storage.Client, error) {
	id := f.r.cfg.Foreign.Storage
	if id == nil {
		return nil, nil //nolint:nilnil // held in memory only
	}
	ext, ok := host.GetExtensions()[*id]
	if !ok {
		return nil, fmt.Errorf("foreign::storage: there is no extension %s; add it to `extensions` and to `service::extensions`", id)
	}
	store, ok := ext.(storage.Extension)
	if !ok {
		return nil, fmt.Errorf("foreign::storage: %s is not a storage extension; use one such as file_storage", id)
	}
	return store.GetClient(ctx, component.KindReceiver, f.r.set.ID, "foreign")
}

// sweepEvery is how exactly waiting times are kept.
const sweepEvery = time.Second

func (f *foreignVendors) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := f.assembler.Sweep(ctx); err != nil {
				f.r.set.Logger.Warn("Spans that were held could not be handed on; they stay and are tried again", zap.Error(err))
			}
		}
	}
}

// stop hands on what is held, or leaves it in storage.
func (f *foreignVendors) stop(ctx context.Context) error {
	if f.halt == nil { // never started
		return nil
	}
	f.halt()
	f.sweeping.Wait()
	return f.assembler.Close(ctx)
}

func (f *foreignVendors) emit(ctx context.Context, traces ptrace.Traces) error {
	ctx = f.r.obs.StartTracesOp(ctx)
	n := traces.SpanCount()
	err := f.r.traces.ConsumeTraces(ctx, traces)
	f.r.obs.EndTracesOp(ctx, "foreign", n, err)
	return err
}

func (f *foreignVendors) count(vendor string, what foreign.Outcome, n int) {
	if n == 0 {
		return
	}
	switch what {
	case foreign.Expired, foreign.Evicted:
		f.r.telemetry.ReceiverLlmEventForeignIncomplete.Add(context.Background(), int64(n),
			metric.WithAttributes(attribute.String("vendor", vendor), attribute.String("reason", string(what))))
	default:
		f.r.telemetry.ReceiverLlmEventForeignParts.Add(context.Background(), int64(n),
			metric.WithAttributes(attribute.String("vendor", vendor), attribute.String("result", string(what))))
	}
}
