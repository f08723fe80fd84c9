package llmlogsconnector

import (
	"math"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// maxDuration is the longest a call may say it took; beyond it the number is no duration in milliseconds.
const maxDuration = 24 * time.Hour

// when is the time of the event, which is written at its end. Some SDKs leave the record's own time to an attribute, or to the time it
// was observed.
func (e *event) when() pcommon.Timestamp {
	if at := e.record.Timestamp(); at != 0 {
		return at
	}
	if at, err := time.Parse(time.RFC3339Nano, text(e.attrs, "event.timestamp")); err == nil && at.UnixNano() > 0 {
		return pcommon.NewTimestampFromTime(at)
	}
	return e.record.ObservedTimestamp()
}

// times is the span's start and end. An event without a duration is a moment.
func (e *event) times() (start, end pcommon.Timestamp) {
	end = e.when()
	if end == 0 {
		end = pcommon.NewTimestampFromTime(time.Now())
	}
	took := pcommon.Timestamp(e.duration()) //nolint:gosec // not negative
	if took > end {
		return end, end
	}
	return end - took, end
}

func (e *event) duration() time.Duration {
	for _, key := range [...]string{"duration_ms", "latency_ms"} {
		v, ok := e.attrs.Get(key)
		if !ok {
			continue
		}
		var ms float64
		switch v.Type() {
		case pcommon.ValueTypeInt:
			ms = float64(v.Int())
		case pcommon.ValueTypeDouble:
			ms = v.Double()
		case pcommon.ValueTypeStr:
			ms, _ = strconv.ParseFloat(v.Str(), 64)
		}
		if took := ms * float64(time.Millisecond); !math.IsNaN(took) && took > 0 && took <= float64(maxDuration) {
			return time.Duration(took)
		}
	}
	return 0
}
