package llmqueryextension

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"math"
	"strconv"
	"time"
)

// cursor says where a list of traces goes on. It pins the time range of the first page, so that "the last
// 24 hours" does not move while somebody reads on, and the filters, because a position means nothing under
// others. It opens no door: the next page is bound to the caller's scope like the first.
type cursor struct {
	Version int    `json:"v"`
	StartNS int64  `json:"s"`
	EndNS   int64  `json:"e"`
	LastNS  int64  `json:"t"`
	LastID  string `json:"i"`
	Filters string `json:"f"`
}

const cursorVersion = 1

// beforeAll is the position above every trace.
func beforeAll() cursor { return cursor{LastNS: math.MaxInt64} }

func (c cursor) String() string {
	// Numbers and strings only: cannot fail.
	b, _ := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(text string) (cursor, bool) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(b, &c) != nil || c.Version != cursorVersion {
		return c, false
	}
	if c.StartNS < earliest.UnixNano() || c.EndNS > latest.UnixNano() || c.StartNS >= c.EndNS || !isTraceID(c.LastID) {
		return c, false
	}
	return c, true
}

func (c cursor) window() window {
	return window{Start: time.Unix(0, c.StartNS).UTC(), End: time.Unix(0, c.EndNS).UTC()}
}

// fingerprint is short and tells different filters apart; it protects from mistakes, not from malice.
func fingerprint(args []arg) string {
	h := fnv.New64a()
	for _, a := range args {
		s, _ := a.value.(string)
		_, _ = h.Write([]byte(a.name + "\x00" + s + "\x00"))
	}
	return strconv.FormatUint(h.Sum64(), 36)
}
