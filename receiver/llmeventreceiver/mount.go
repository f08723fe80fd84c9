package llmeventreceiver

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/watchllm/watchllm/internal/httpmount"
)

// mount serves the paths of events on the server that mount_on names, with the key, limits and CORS of this receiver.
func (r *eventReceiver) mount(host component.Host) error {
	id := r.cfg.MountOn
	if id == nil {
		return nil
	}
	ext, ok := host.GetExtensions()[*id]
	if !ok {
		return fmt.Errorf("mount_on: there is no extension %q; add it to service::extensions or remove the line", id)
	}
	server, ok := ext.(httpmount.Mounter)
	if !ok {
		return fmt.Errorf("mount_on: the extension %q has no HTTP server for others; name llm_query, or remove the line", id)
	}
	handler := hurried(r.server.Handler, r.cfg.ServerConfig.ReadTimeout)
	for _, path := range slices.Concat(eventPaths, schemaPaths()) {
		unmount, err := server.Mount(path, handler)
		if err != nil {
			return fmt.Errorf("mount_on: %q: %w", id, err)
		}
		r.unmount = append(r.unmount, unmount)
	}
	return nil
}

// hurried gives a client on another's server the time that it has on ours to send its request.
func hurried(next http.Handler, limit time.Duration) http.Handler {
	if limit <= 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		// A connection that has no deadlines is none of the network's.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit))
		next.ServeHTTP(w, req)
	})
}
