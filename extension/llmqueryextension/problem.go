package llmqueryextension

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"
)

// problem is an error as RFC 9457 describes it and as the client sees it. It never carries SQL, addresses
// or texts of the store: those are logged under the request id that Instance holds.
type problem struct {
	Type     string             `json:"type"`
	Title    string             `json:"title"`
	Status   int                `json:"status"`
	Detail   string             `json:"detail,omitempty"`
	Instance string             `json:"instance,omitempty"`
	Errors   []invalidParameter `json:"errors,omitempty"`

	retryAfter time.Duration
	challenge  string
}

// invalidParameter says which parameter was refused and why.
type invalidParameter struct {
	Parameter string `json:"parameter"`
	Value     string `json:"value"`
	Reason    string `json:"reason"`
}

// problemTypes prefixes the type of every problem; the last part names it and never changes.
const problemTypes = "urn:watchllm:problem:"

func (p *problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Title + ": " + p.Detail
}

func newProblem(kind, title string, status int, detail string) *problem {
	return &problem{Type: problemTypes + kind, Title: title, Status: status, Detail: detail}
}

func errInvalidParameters(list []invalidParameter) *problem {
	p := newProblem("invalid-parameter", "Invalid parameter", http.StatusBadRequest, "")
	p.Detail = list[0].Parameter + ": " + list[0].Reason
	if len(list) > 1 {
		p.Detail = strconv.Itoa(len(list)) + " parameters are not valid; see errors"
	}
	p.Errors = list
	return p
}

func errUnauthenticated(hadKey bool) *problem {
	p := newProblem("unauthenticated", "API key required", http.StatusUnauthorized,
		"Send an API key as `Authorization: Bearer <key>` or `X-API-Key: <key>`.")
	p.challenge = `Bearer realm="watchllm"`
	if hadKey {
		p.Title, p.Detail = "API key not accepted", "The key is unknown, expired or revoked."
		p.challenge += `, error="invalid_token"`
	}
	return p
}

func errForbidden(detail string) *problem {
	return newProblem("forbidden", "Not allowed", http.StatusForbidden, detail)
}

func errNotFound(detail string) *problem {
	return newProblem("not-found", "Not found", http.StatusNotFound, detail)
}

func errMethod(method string) *problem {
	return newProblem("method-not-allowed", "Method not allowed", http.StatusMethodNotAllowed, method+" is not supported here; use GET or HEAD.")
}

func errTooLarge(detail string) *problem {
	return newProblem("too-large", "Question too large", http.StatusUnprocessableEntity, detail)
}

func errTimeout() *problem {
	return newProblem("timeout", "Took too long", http.StatusGatewayTimeout,
		"The store did not answer within the limit; ask for a shorter time range.")
}

// retryStoreAfter is what clients are told when the store is away: long enough not to hammer it, short
// enough that a restart of the embedded engine (about a second) is not felt for long.
const retryStoreAfter = 2 * time.Second

func errUnavailable(detail string) *problem {
	p := newProblem("store-unavailable", "Store not available", http.StatusServiceUnavailable, detail)
	p.retryAfter = retryStoreAfter
	return p
}

func errInternal() *problem {
	return newProblem("internal", "Internal error", http.StatusInternalServerError,
		"The request failed for a reason that is not its own; the collector's log has the details under this instance.")
}

// write sends the problem. The instance is the request's id, which the log lines of the request carry too.
func (p *problem) write(w http.ResponseWriter, r *http.Request) {
	out := *p
	out.Instance = "urn:uuid:" + requestID(r.Context())
	h := w.Header()
	if out.challenge != "" {
		h.Set("WWW-Authenticate", out.challenge)
	}
	if out.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(out.retryAfter.Seconds()))))
	}
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(out.Status)
	// Only strings and numbers in it: encoding cannot fail, and a client that left is no concern.
	_ = json.NewEncoder(w).Encode(&out)
}
