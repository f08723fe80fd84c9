package chhttp

import (
	"strings"
	"sync"
)

// chunkSize is how much of an INSERT's data is handed over at once.
const chunkSize = 1 << 20

var chunks = sync.Pool{New: func() any { b := make([]byte, chunkSize); return &b }}

// insert streams the data of an INSERT into the engine: first what stands in
// the text behind the data clause, then the body.
func (x *exchange) insert(session *session, text string, st statement) error {
	inline := strings.TrimSuffix(text[min(st.data, len(text)):], "\n")
	if inline != "" {
		inline += "\n"
	}
	buffer := chunks.Get().(*[]byte)
	defer chunks.Put(buffer)
	stats, err := session.Insert(st.head+x.mark, st.format, x.req.params, func() ([]byte, error) {
		if inline != "" {
			b := []byte(inline)
			inline = ""
			return b, nil
		}
		n, err := fill(x.body, *buffer)
		return (*buffer)[:n], err
	})
	if err != nil {
		return err
	}
	x.summary(stats)
	return nil
}
