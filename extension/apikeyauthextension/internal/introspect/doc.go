// Package introspect asks another server (RFC 7662) whose an API key is, and remembers the answers.
package introspect
