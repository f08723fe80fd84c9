package llmtenantprocessor

import (
	"fmt"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/limits"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/sizes"
)

// refusal is an error that otlp and llm_event receivers turn into the right answer, and whose text is
// meant for whoever sends.
type refusal struct {
	status *status.Status
	// permanent says that the same data from the same sender would be refused again.
	permanent bool
	reason    reason
}

func (r *refusal) Error() string { return r.status.Message() }

// GRPCStatus lets receivers find the code.
func (r *refusal) GRPCStatus() *status.Status { return r.status }

var errPermanent = consumererror.NewPermanent(fmt.Errorf("refused for good"))

// Unwrap lets consumererror.IsPermanent see what it is, without words of its own in front of the message.
func (r *refusal) Unwrap() error {
	if r.permanent {
		return errPermanent
	}
	return nil
}

func newRefusal(why reason, code codes.Code, permanent bool, message string, details ...protoadapt.MessageV1) *refusal {
	s := status.New(code, message)
	if detailed, err := s.WithDetails(details...); err == nil {
		s = detailed
	}
	return &refusal{s, permanent, why}
}

// Both are permanent: the same data from the same sender would be refused again.
var (
	errNoIdentity = newRefusal(reasonNoIdentity, codes.Unauthenticated, true,
		"nobody is identified as the sender; give the receiver an `auth` section with an authenticator, or set require_identity to false")
	errRole = newRefusal(reasonRole, codes.PermissionDenied, true,
		"this key may not send data; use a key with the role "+string(tenancy.RoleIngest))
)

// later refuses what may come again. Receivers write whole seconds in Retry-After and cut the rest off, so the wait is
// rounded up to seconds for both protocols.
func later(why reason, code codes.Code, wait time.Duration, message string, about map[string]string) *refusal {
	return newRefusal(why, code, false, message,
		&errdetails.ErrorInfo{Reason: "TENANT_LIMIT", Domain: "watchllm", Metadata: about},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(wholeSeconds(wait))})
}

func wholeSeconds(d time.Duration) time.Duration {
	return max(time.Second, (d + time.Second - 1).Truncate(time.Second))
}

// never refuses what is too large whenever it comes; llm_event answers 413 for this reason.
func never(why reason, message string, about map[string]string) *refusal {
	return newRefusal(why, codes.InvalidArgument, true, message,
		&errdetails.ErrorInfo{Reason: "REQUEST_TOO_LARGE", Domain: "watchllm", Metadata: about})
}

// words for units in answers.
func words(u limits.Unit) string {
	switch u {
	case limits.LogRecords:
		return "log records"
	case limits.DataPoints:
		return "data points"
	default:
		return u.String()
	}
}

// limited says that a rate or a share is used up.
func (p *tenantPolicy) limited(id tenancy.Identity, r *limits.Refusal) *refusal {
	wait := wholeSeconds(r.Wait)
	switch r.Cause {
	case limits.Saturated:
		return later(reasonSaturated, codes.Unavailable, wait,
			fmt.Sprintf("more is under way than limits::in_flight_bytes allows; send again after %s", wait),
			map[string]string{"limit": "limits::in_flight_bytes"})
	case limits.TenantShare:
		return later(reasonShare, codes.ResourceExhausted, wait,
			fmt.Sprintf("tenant %q has its share of what may be under way; send again after %s and fewer requests at once, or have %s::weight raised", id.Tenant, wait, p.setting),
			map[string]string{"limit": p.setting + "::weight"})
	}
	who, section, why := fmt.Sprintf("tenant %q", id.Tenant), "::rate::", reasonRate
	if r.Cause == limits.KeyRate {
		who, section, why = fmt.Sprintf("key %q of tenant %q", id.KeyID, id.Tenant), "::rate_per_key::", reasonKeyRate
	}
	if r.Unit == limits.Bytes {
		why += reasonRateBytes - reasonRate
	}
	setting := p.setting + section + r.Unit.String()
	return later(why, codes.ResourceExhausted, wait,
		fmt.Sprintf("%s sends more than %d %s a second; send again after %s, send less, or have %s raised", who, r.PerSecond, words(r.Unit), wait, setting),
		map[string]string{"limit": setting, "value": strconv.FormatInt(r.PerSecond, 10)})
}

// tooMuch says that a request is too large as a whole.
func (p *tenantPolicy) tooMuch(u limits.Unit, has, may int) *refusal {
	setting := p.setting + "::request::" + u.String()
	return never(reasonRequest,
		fmt.Sprintf("the request has %d %s and %d are allowed; send smaller batches, or have %s raised", has, words(u), may, setting),
		map[string]string{"limit": setting, "value": strconv.Itoa(may), "actual": strconv.Itoa(has)})
}

// oversized says that something in a request is too large.
func (p *tenantPolicy) oversized(u limits.Unit, x *sizes.Excess) *refusal {
	why, key, of := reasonItemSize, "span", "bytes"
	switch {
	case x.Attribute:
		why, key, of = reasonAttributeSize, "attribute", "bytes of text"
	case u == limits.LogRecords:
		key = "log_record"
	}
	setting := p.setting + "::size::" + key
	return never(why,
		fmt.Sprintf("%s has %d %s and %d are allowed; nothing of the request was taken: shorten it, or have %s raised or %s::size::oversized set to %s",
			x.What, x.Size, of, x.Limit, setting, p.setting, OversizedTruncate),
		map[string]string{"limit": setting, "value": strconv.Itoa(x.Limit), "actual": strconv.Itoa(x.Size)})
}
