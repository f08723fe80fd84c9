package tenancy

import "context"

type acknowledged struct{}

// WithAcknowledged marks data that its sender was told is safe, in an earlier request: there is nobody left who could be told
// to send something else. Whoever would refuse it for good has to take it instead.
func WithAcknowledged(ctx context.Context) context.Context {
	return context.WithValue(ctx, acknowledged{}, true)
}

// Acknowledged reports whether the data was marked so.
func Acknowledged(ctx context.Context) bool { return ctx.Value(acknowledged{}) != nil }
