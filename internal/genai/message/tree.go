package message

import (
	"encoding/base64"
	"math"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Bounds of one document. Beyond them it is kept as plain text: what is deeper or larger was not written for a model.
const (
	maxDepth  = 64
	maxNodes  = 500_000
	keptNodes = 4096 // scratch space that is not given back between documents
)

type kind uint8

const (
	missing kind = iota
	null
	boolean
	number
	text
	array
	object
)

// flags of a text node.
const (
	plain   uint8 = 1 << iota // the text itself; otherwise what stands between the quotes of its JSON
	escaped                   // has backslashes
	control                   // has control characters, which JSON forbids and some clients send
	foreign                   // has bytes beyond ASCII, which may be invalid UTF-8
	torn                      // the document ended inside it
)

type node struct {
	kind  kind
	flags uint8
	next  int32 // the node behind this one and everything in it
	key   string
	text  string // the source text of a number, a boolean or a text
}

// tree is one document: its nodes in the order they are written. It is made of JSON or of a structured attribute value, and can no
// longer be told apart then.
type tree struct {
	nodes []node
	// torn is set when the document ends before it is complete: an attribute limit cut it.
	torn bool
	// loose is set when it was read although it is not quite JSON.
	loose bool
}

// value is one node of a tree. The zero value is missing and has nothing in it.
type value struct {
	t *tree
	i int32
}

func (t *tree) reset() {
	clear(t.nodes)
	if cap(t.nodes) > keptNodes {
		t.nodes = nil
	}
	t.nodes, t.torn, t.loose = t.nodes[:0], false, false
}

func (t *tree) root() value {
	if len(t.nodes) == 0 {
		return value{}
	}
	return value{t, 0}
}

func (t *tree) add(n node) int {
	t.nodes = append(t.nodes, n)
	at := len(t.nodes)
	t.nodes[at-1].next = int32(at) //nolint:gosec // bounded by maxNodes
	return at - 1
}

func (t *tree) close(i int) { t.nodes[i].next = int32(len(t.nodes)) } //nolint:gosec // bounded by maxNodes

// addValue adds a structured value; false when it is beyond the bounds.
func (t *tree) addValue(key string, v pcommon.Value, depth int) bool {
	if depth > maxDepth || len(t.nodes) >= maxNodes {
		return false
	}
	switch v.Type() {
	case pcommon.ValueTypeStr:
		t.add(node{kind: text, flags: plain, key: key, text: v.Str()})
	case pcommon.ValueTypeBytes:
		t.add(node{kind: text, flags: plain, key: key, text: base64.StdEncoding.EncodeToString(v.Bytes().AsRaw())})
	case pcommon.ValueTypeBool:
		t.add(node{kind: boolean, key: key, text: strconv.FormatBool(v.Bool())})
	case pcommon.ValueTypeInt:
		t.add(node{kind: number, key: key, text: strconv.FormatInt(v.Int(), 10)})
	case pcommon.ValueTypeDouble:
		if f := v.Double(); math.IsNaN(f) || math.IsInf(f, 0) {
			t.add(node{kind: null, key: key})
		} else {
			t.add(node{kind: number, key: key, text: strconv.FormatFloat(f, 'g', -1, 64)})
		}
	case pcommon.ValueTypeSlice:
		self := t.add(node{kind: array, key: key})
		for _, e := range v.Slice().All() {
			if !t.addValue("", e, depth+1) {
				return false
			}
		}
		t.close(self)
	case pcommon.ValueTypeMap:
		self := t.add(node{kind: object, key: key})
		for name, e := range v.Map().All() {
			if !t.addValue(name, e, depth+1) {
				return false
			}
		}
		t.close(self)
	default:
		t.add(node{kind: null, key: key})
	}
	return true
}

func (v value) node() *node { return &v.t.nodes[v.i] }

func (v value) kind() kind {
	if v.t == nil {
		return missing
	}
	return v.node().kind
}

func (v value) isNothing() bool { k := v.kind(); return k == missing || k == null }

// isTorn reports a text in which the document ended: it is no longer the name of anything.
func (v value) isTorn() bool { return v.kind() == text && v.node().flags&torn != 0 }

// each calls yield with the elements of a list or the members of an object, until it returns false.
func (v value) each(yield func(key string, e value) bool) {
	if k := v.kind(); k != array && k != object {
		return
	}
	for at, end := v.i+1, v.node().next; at < end; at = v.t.nodes[at].next {
		if !yield(v.t.nodes[at].key, value{v.t, at}) {
			return
		}
	}
}

// first is the first element of a list or member of an object.
func (v value) first() value {
	if k := v.kind(); (k == array || k == object) && v.node().next > v.i+1 {
		return value{v.t, v.i + 1}
	}
	return value{}
}

func (v value) len() (n int) {
	v.each(func(string, value) bool { n++; return true })
	return n
}

// get is the first of the names that is there and not null.
func (v value) get(names ...string) value {
	if v.kind() != object {
		return value{}
	}
	for _, name := range names {
		for at, end := v.i+1, v.node().next; at < end; at = v.t.nodes[at].next {
			if n := &v.t.nodes[at]; n.key == name && n.kind != null {
				return value{v.t, at}
			}
		}
	}
	return value{}
}

func (v value) has(names ...string) bool { return v.get(names...).kind() != missing }

// str is a text, decoded; of another kind "".
func (v value) str() string {
	if v.kind() != text {
		return ""
	}
	n := v.node()
	if n.flags&plain != 0 || n.flags&escaped == 0 {
		return n.text
	}
	return unescape(n.text)
}

// is reports whether the value is one of the texts.
func (v value) is(texts ...string) bool {
	if v.kind() != text || v.node().flags&torn != 0 {
		return false
	}
	for _, s := range texts {
		if v.node().text == s {
			return true
		}
	}
	return false
}
