// Package posthog decodes the AI events of PostHog's clients: $ai_generation, $ai_embedding, $ai_trace and $ai_span.
package posthog
