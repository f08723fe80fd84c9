package apikeyauthextension

import (
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/internal/apikey"
)

// reason is the metric label of one outcome; the list is that of metadata.yaml.
type reason string

const (
	reasonOK        reason = "ok"
	reasonMissing   reason = "missing"
	reasonAmbiguous reason = "ambiguous"
	reasonMalformed reason = "malformed"
	reasonUnknown   reason = "unknown"
	reasonExpired   reason = "expired"
	reasonRevoked   reason = "revoked"
	reasonNoKeys    reason = "no_keys"
)

var reasons = []reason{
	reasonOK, reasonMissing, reasonAmbiguous, reasonMalformed, reasonUnknown, reasonExpired, reasonRevoked, reasonNoKeys,
}

const noKeys = "this server has no API keys yet: whoever runs it makes one with `watchllmctl keys create`"

// errorDomain marks the google.rpc.ErrorInfo of our refusals, by which a server may tell a
// missing key (API_KEY_MISSING) from one that is not valid (API_KEY_INVALID, _EXPIRED, _REVOKED).
const errorDomain = "watchllm"

// refusal is an error that gRPC sends as Unauthenticated and HTTP servers as its plain text.
// It never contains what was presented.
type refusal struct {
	reason reason
	status *status.Status
}

var _ error = (*refusal)(nil)

func (r *refusal) Error() string { return r.status.Message() }

// GRPCStatus lets gRPC servers and collector receivers find the code.
func (r *refusal) GRPCStatus() *status.Status { return r.status }

var (
	refuseMissing = newRefusal(reasonMissing, "API_KEY_MISSING",
		"no API key: send it as `Authorization: Bearer <key>` or `X-API-Key: <key>`, or as the password of `Authorization: Basic`")
	refuseAmbiguous = newRefusal(reasonAmbiguous, "API_KEY_INVALID",
		"more than one API key in one header: send exactly one")
	refuseNoKeys       = newRefusal(reasonNoKeys, "API_KEY_INVALID", noKeys)
	refuseNoKeysNorKey = newRefusal(reasonNoKeys, "API_KEY_MISSING", noKeys)

	refusals = map[apikey.Verdict]*refusal{
		apikey.VerdictMalformed: newRefusal(reasonMalformed, "API_KEY_INVALID",
			"this is not a WatchLLM API key: it starts with "+apikey.Prefix+" and must be copied whole"),
		apikey.VerdictUnknown: newRefusal(reasonUnknown, "API_KEY_INVALID",
			"unknown API key"),
		apikey.VerdictExpired: newRefusal(reasonExpired, "API_KEY_EXPIRED",
			"this API key has expired"),
		apikey.VerdictRevoked: newRefusal(reasonRevoked, "API_KEY_REVOKED",
			"this API key was revoked"),
	}
)

func newRefusal(why reason, code, message string) *refusal {
	s := status.New(codes.Unauthenticated, message)
	if detailed, err := s.WithDetails(&errdetails.ErrorInfo{Reason: code, Domain: errorDomain}); err == nil {
		s = detailed
	}
	return &refusal{why, s}
}
