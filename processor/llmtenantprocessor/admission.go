package llmtenantprocessor

import (
	"context"

	"go.opentelemetry.io/collector/pipeline"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// Admission decides whether a sender may send now, and is told what arrived. An extension implements it
// with these exact types; nothing needs to be imported from this package.
type Admission interface {
	// Admit is asked once for each batch before anything is changed. items are spans, log records or data
	// points; bytes is their size in OTLP protobuf. A refusal should carry a gRPC status, because it is what
	// the client gets to see: ResourceExhausted with RetryInfo for a rate or quota (429 over HTTP),
	// PermissionDenied for a tenant that may not send at all (403).
	//
	// settle, unless nil, is called exactly once after the rest of the pipeline answered: with nil when it
	// took the batch, else with its error. Only what was taken should be counted as used.
	Admit(ctx context.Context, id tenancy.Identity, signal pipeline.Signal, items, bytes int) (settle func(error), err error)
}

// admitAll is the admission of an installation that limits and meters nobody.
type admitAll struct{}

func (admitAll) Admit(context.Context, tenancy.Identity, pipeline.Signal, int, int) (func(error), error) {
	return nil, nil
}
