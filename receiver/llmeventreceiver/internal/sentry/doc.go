// Package sentry decodes the spans in the envelopes of Sentry's clients.
package sentry
