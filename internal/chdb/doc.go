// Package chdb binds libchdb, ClickHouse compiled into a shared library,
// without cgo; only the engine's own process may import it, because loading a
// shared library makes a Go binary depend on the system's dynamic linker.
package chdb
