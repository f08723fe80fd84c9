// Command go records one LLM call by hand with OpenTelemetry's own SDK, for clients that no instrumentation exists for.
// OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS say where the span goes; nothing here knows WatchLLM.
// OTEL_EXPORTER_OTLP_PROTOCOL=grpc sends over gRPC instead of HTTP.
package main

import (
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	exporter, err := newExporter(ctx)
	if err != nil {
		return err
	}
	tracing := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	defer func() {
		if e := tracing.Shutdown(ctx); err == nil {
			err = e
		}
	}()

	_, span := tracing.Tracer("quickstart").Start(ctx, "chat gpt-5-mini", trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	// ... call the model here, then say what it used:
	span.SetAttributes(
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.provider.name", "openai"),
		attribute.String("gen_ai.request.model", "gpt-5-mini"),
		attribute.Int("gen_ai.usage.input_tokens", 1037),
		attribute.Int("gen_ai.usage.cache_read.input_tokens", 512), // part of the input
		attribute.Int("gen_ai.usage.output_tokens", 211),
		attribute.Int("gen_ai.usage.reasoning.output_tokens", 64), // part of the output
	)
	fmt.Println("trace", span.SpanContext().TraceID())
	return nil
}

func newExporter(ctx context.Context) (*otlptrace.Exporter, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc" {
		return otlptracegrpc.New(ctx)
	}
	return otlptracehttp.New(ctx)
}
