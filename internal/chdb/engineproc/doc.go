// Package engineproc starts, watches and stops watchllm-engine, the process that
// carries the embedded ClickHouse engine.
package engineproc
