//go:build (linux || darwin) && (amd64 || arm64)

package chdb

import (
	"fmt"
	"sync"

	"github.com/ebitengine/purego"
)

// Only the length-aware entry points of the C API are bound, so every byte
// string handed over may contain NUL and newline bytes.
var sym struct {
	connect, closeConn, classify, shutdown, version uintptr

	query, queryParams, stream, streamParams uintptr
	streamFetch, streamCancel, destroyResult uintptr

	resultBuffer, resultLength, resultError uintptr
	rowsRead, bytesRead                     uintptr
	rowsWritten, bytesWritten               uintptr

	insert, insertParams, insertAppend, insertDone uintptr
	insertCancel, insertError, insertDestroy       uintptr

	setSignalHandlers uintptr
}

var symbolNames = map[string]*uintptr{
	"chdb_connect":          &sym.connect,
	"chdb_close_conn":       &sym.closeConn,
	"chdb_classify_query_n": &sym.classify,
	"chdb_shutdown":         &sym.shutdown,
	"chdb_version":          &sym.version,

	"chdb_query_n":                    &sym.query,
	"chdb_query_with_params_n":        &sym.queryParams,
	"chdb_stream_query_n":             &sym.stream,
	"chdb_stream_query_with_params_n": &sym.streamParams,
	"chdb_stream_fetch_result":        &sym.streamFetch,
	"chdb_stream_cancel_query":        &sym.streamCancel,
	"chdb_destroy_query_result":       &sym.destroyResult,

	"chdb_result_buffer":             &sym.resultBuffer,
	"chdb_result_length":             &sym.resultLength,
	"chdb_result_error":              &sym.resultError,
	"chdb_result_storage_rows_read":  &sym.rowsRead,
	"chdb_result_storage_bytes_read": &sym.bytesRead,
	"chdb_result_rows_written":       &sym.rowsWritten,
	"chdb_result_bytes_written":      &sym.bytesWritten,

	"chdb_stream_insert_n":             &sym.insert,
	"chdb_stream_insert_with_params_n": &sym.insertParams,
	"chdb_stream_append":               &sym.insertAppend,
	"chdb_stream_done":                 &sym.insertDone,
	"chdb_stream_cancel_insert":        &sym.insertCancel,
	"chdb_stream_insert_error":         &sym.insertError,
	"chdb_destroy_insert_stream":       &sym.insertDestroy,

	"chdb_set_signal_handlers_enabled": &sym.setSignalHandlers,
}

var (
	loadOnce sync.Once
	errLoad  error
)

// Load opens the library, once per process: later calls return the outcome of
// the first. The error names the missing symbol when the library is another
// version than the one this package was written for.
func Load(path string) error {
	loadOnce.Do(func() { errLoad = load(path) })
	return errLoad
}

func load(path string) error {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return fmt.Errorf("load %s: %w", path, err)
	}
	for name, address := range symbolNames {
		if *address, err = purego.Dlsym(handle, name); err != nil {
			return fmt.Errorf("%s is not the libchdb this program needs: %w", path, err)
		}
	}
	// The engine would otherwise replace the handlers of SIGSEGV and its like
	// on the first connect, and a nil dereference that Go recovers from would
	// hang the process.
	call(sym.setSignalHandlers, 0)
	return nil
}

// Version is the version of the loaded library, not of the engine in it; ask
// the engine with SELECT version().
func Version() string { return goString(call(sym.version)) }
