// Package traceloop knows where Traceloop's SDKs send what they have.
package traceloop
