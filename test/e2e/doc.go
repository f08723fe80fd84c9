// Package e2e tests the built binaries as an application sees them: over the wire, with the real engine and real clients.
package e2e
