// Package otlpdepth refuses OTLP whose values nest so deep that decoding them, which is recursive, would end the process.
package otlpdepth
