// Package testkit is what tests of several packages share: recorded client telemetry, a real engine, fakes.
package testkit
