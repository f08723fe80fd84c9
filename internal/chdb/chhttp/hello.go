package chhttp

import (
	"encoding/binary"
	"strings"
)

// helloText is what clickhouse-go asks first.
const helloText = "SELECT displayName(), version(), revision(), timezone()"

func (s *statement) isHello(text string) bool {
	return s.verb == "SELECT" && strings.TrimSpace(text) == helloText
}

// Revisions of the Native format at which a block's head changed.
const (
	revisionBlockInfo           = 1
	revisionCustomSerialization = 54454
)

// hello answers clickhouse-go's first query. libchdb writes Native blocks of
// revision 0 only, so the answer says revision 0 and the driver reads the rest
// accordingly; this one block is read before the answer is known, and so has to
// be in the revision the client announced.
func (x *exchange) hello() error {
	var b []byte
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	if x.req.protocol >= revisionBlockInfo {
		b = append(b, 1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0)
	}
	columns := [][3]string{
		{"displayName()", "String", x.facts.displayName},
		{"version()", "String", x.facts.version},
		{"revision()", "UInt32", ""},
		{"timezone()", "String", x.facts.timezone},
	}
	b = append(b, byte(len(columns)), 1)
	for _, c := range columns {
		text(c[0])
		text(c[1])
		if x.req.protocol >= revisionCustomSerialization {
			b = append(b, 0)
		}
		if c[1] == "UInt32" {
			b = binary.LittleEndian.AppendUint32(b, 0)
		} else {
			text(c[2])
		}
	}
	_, err := x.out.Write(b)
	return err
}
