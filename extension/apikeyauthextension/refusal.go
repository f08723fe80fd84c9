package apikeyauthextension

import (
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/introspect"
	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// reason is the metric label of one outcome; the list is that of metadata.yaml.
type reason string

const (
	reasonOK          reason = "ok"
	reasonMissing     reason = "missing"
	reasonAmbiguous   reason = "ambiguous"
	reasonMalformed   reason = "malformed"
	reasonChecksum    reason = "checksum"
	reasonUnknown     reason = "unknown"
	reasonExpired     reason = "expired"
	reasonRevoked     reason = "revoked"
	reasonWrongRole   reason = "wrong_role"
	reasonUnavailable reason = "source_unavailable"
	reasonThrottled   reason = "throttled"
	reasonNoKeys      reason = "no_keys"
)

var reasons = []reason{
	reasonOK, reasonMissing, reasonAmbiguous, reasonMalformed, reasonChecksum, reasonUnknown, reasonExpired, reasonRevoked,
	reasonWrongRole, reasonUnavailable, reasonThrottled, reasonNoKeys,
}

const noKeys = "this server has no API keys yet: whoever runs it makes one with `watchllmctl keys create`"

// errorDomain marks the google.rpc.ErrorInfo of our refusals, by which a server may tell a
// missing key (API_KEY_MISSING) from one that is not valid (API_KEY_INVALID, _EXPIRED, _REVOKED).
const errorDomain = "watchllm"

// retryUnchecked is when a client should try again with a key that could not be checked.
const retryUnchecked = 5 * time.Second

// refusal is an error that gRPC sends with its code and HTTP servers as its plain text.
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
	refuseMissing = newRefusal(reasonMissing, codes.Unauthenticated, "API_KEY_MISSING",
		"no API key: send it as `Authorization: Bearer <key>` or `X-API-Key: <key>`, or as the password of `Authorization: Basic`")
	refuseAmbiguous = newRefusal(reasonAmbiguous, codes.Unauthenticated, "API_KEY_INVALID",
		"more than one API key in one header: send exactly one")
	refuseNoKeys       = newRefusal(reasonNoKeys, codes.Unauthenticated, "API_KEY_INVALID", noKeys)
	refuseNoKeysNorKey = newRefusal(reasonNoKeys, codes.Unauthenticated, "API_KEY_MISSING", noKeys)

	refusals = map[apikey.Verdict]*refusal{
		apikey.VerdictMalformed: newRefusal(reasonMalformed, codes.Unauthenticated, "API_KEY_INVALID",
			"this is not a whole WatchLLM API key: one starts with "+apikey.Prefix+" and has 67 characters"),
		apikey.VerdictChecksum: newRefusal(reasonChecksum, codes.Unauthenticated, "API_KEY_INVALID",
			"this API key is mistyped: its last characters do not fit the rest; copy it again"),
		apikey.VerdictUnknown: newRefusal(reasonUnknown, codes.Unauthenticated, "API_KEY_INVALID",
			"unknown API key"),
		apikey.VerdictExpired: newRefusal(reasonExpired, codes.Unauthenticated, "API_KEY_EXPIRED",
			"this API key has expired"),
		apikey.VerdictRevoked: newRefusal(reasonRevoked, codes.Unauthenticated, "API_KEY_REVOKED",
			"this API key was revoked"),
		introspect.VerdictUnavailable: newRefusal(reasonUnavailable, codes.Unavailable, "API_KEY_UNCHECKED",
			"this API key cannot be checked now; try again", &errdetails.RetryInfo{RetryDelay: durationpb.New(retryUnchecked)}),
	}
)

func newRefusal(why reason, code codes.Code, info, message string, more ...protoadapt.MessageV1) *refusal {
	s := status.New(code, message)
	details := append([]protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: info, Domain: errorDomain}}, more...)
	if detailed, err := s.WithDetails(details...); err == nil {
		s = detailed
	}
	return &refusal{why, s}
}

func refuseThrottled(pause time.Duration) *refusal {
	return newRefusal(reasonThrottled, codes.ResourceExhausted, "API_KEY_THROTTLED",
		"too many API keys from this address were refused; correct the key and try again later", &errdetails.RetryInfo{RetryDelay: durationpb.New(pause)})
}

func refuseRole(role tenancy.Role) *refusal {
	return &refusal{reasonWrongRole, (&tenancy.RoleError{Role: role}).GRPCStatus()}
}
