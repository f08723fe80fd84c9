package llmqueryextension

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/google/uuid"
	"github.com/klauspost/compress/gzhttp"
	"go.uber.org/zap"
)

type requestIDKey struct{}

// requestID is the id under which the request is logged and reported to the client.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// outermost gives the request its id and the response its headers, and turns a panic into a problem.
func (a *api) outermost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := uuid.NewString()
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		// The API answers with data only; nothing in an answer may be run, framed or told to other sites.
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			a.logger.Error("request panicked", zap.String("request_id", id), zap.String("route", r.Pattern),
				zap.String("panic", fmt.Sprint(p)), zap.ByteString("stack", debug.Stack()))
			errInternal().write(w, r)
		}()
		next.ServeHTTP(w, r)
	})
}

// compressMinBytes is where compressing begins to pay: one Ethernet frame holds less than this anyway.
const compressMinBytes = 1400

// compressed answers in zstd or gzip when the client accepts it.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(compressMinBytes), gzhttp.EnableZstd(true), gzhttp.PreferZstd(true))
	if err != nil {
		// Constants only: a test would have seen it.
		panic(err)
	}
	return wrap(next)
}

// writeJSON encodes first, so that a value that cannot be encoded becomes a 500 and not half an answer.
func writeJSON(w http.ResponseWriter, status int, value any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may have left; there is nobody to tell.
	_, _ = w.Write(buf.Bytes())
	return nil
}
