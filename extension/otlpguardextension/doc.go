// Package otlpguardextension protects OTLP receivers from requests that would cost the process its memory or its life.
package otlpguardextension
