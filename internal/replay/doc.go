// Package replay sends telemetry to a running collector as an application would: made-up conversations, or recorded requests.
package replay
