package llmeventreceiver

import (
	"net/http"
	"strings"
)

// limitCompressed bounds what a compressed body of events may have on the wire. It stands before the server's own handlers, which
// bound what it may have inflated.
func limitCompressed(next http.Handler, most int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if encoding := req.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" && strings.HasPrefix(req.URL.Path, "/api/v1/events") {
			req.Body = http.MaxBytesReader(w, req.Body, most)
		}
		next.ServeHTTP(w, req)
	})
}
