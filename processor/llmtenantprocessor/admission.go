package llmtenantprocessor

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// Admission decides whether a sender may send now, and is told what arrived. An extension implements it
// with these exact types; nothing needs to be imported from this package.
type Admission interface {
	// Admit is asked once for each batch that is within the limits, before anything is changed. items are spans,
	// log records or data points; bytes is their size in OTLP protobuf as it was sent. A refusal should carry a gRPC
	// status, because it is what the client gets to see: ResourceExhausted with RetryInfo for a rate or quota (429
	// over HTTP), PermissionDenied for a tenant that may not send at all (403).
	//
	// settle, unless nil, is called exactly once after the rest of the pipeline answered: with nil when it
	// took the batch, else with its error. Only what was taken should be counted as used.
	Admit(ctx context.Context, id tenancy.Identity, signal pipeline.Signal, items, bytes int) (settle func(error), err error)
}

// ContentPolicy changes or refuses what an admitted batch says: it is the place for masking and for rules about
// content. An extension implements it with these exact types. It is asked after the identity was stamped and what is
// too large was cut, and before anything else sees the data. A refusal is answered like one of Admission.
type ContentPolicy interface {
	ApplyTraces(ctx context.Context, id tenancy.Identity, td ptrace.Traces) error
	ApplyLogs(ctx context.Context, id tenancy.Identity, ld plog.Logs) error
}

// extension finds the one that a setting names and that can do what the setting is for.
func extension[T any](host component.Host, setting string, id *component.ID) (out T, err error) {
	if id == nil {
		return out, nil
	}
	ext, ok := host.GetExtensions()[*id]
	if !ok {
		return out, fmt.Errorf("%s: there is no extension %q; add it to service::extensions or remove the line", setting, id)
	}
	if out, ok = ext.(T); !ok {
		return out, fmt.Errorf("%s: the extension %q does not decide on %s; name one that does, or remove the line", setting, id, setting)
	}
	return out, nil
}
