package llmeventreceiver

import (
	"context"

	"go.opentelemetry.io/otel/metric"
)

// observe says how much is held and in flight whenever somebody asks.
func (r *eventReceiver) observe() error {
	type gauge struct {
		register func(metric.Int64Callback) error
		value    func() int64
	}
	t := r.telemetry
	gauges := []gauge{
		{t.RegisterReceiverLlmEventInFlightSizeCallback, r.room.Taken},
		{t.RegisterReceiverLlmEventMergeHeldCallback, func() int64 { events, _ := r.held.Stats(); return events }},
		{t.RegisterReceiverLlmEventMergeHeldSizeCallback, func() int64 { _, size := r.held.Stats(); return size }},
	}
	if r.foreign != nil {
		held := r.foreign.assembler.Held
		gauges = append(gauges,
			gauge{t.RegisterReceiverLlmEventForeignHeldCallback, func() int64 { spans, _ := held(); return int64(spans) }},
			gauge{t.RegisterReceiverLlmEventForeignHeldSizeCallback, func() int64 { _, size := held(); return size }})
	}
	for _, g := range gauges {
		err := g.register(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(g.value())
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
