package message

import (
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// maxLeaves bounds how many attributes one flattened list may have.
const maxLeaves = 20_000

// Leaf is an attribute of a list that was flattened into attribute names: llm.input_messages.0.message.role has the path
// 0.message.role.
type Leaf struct {
	Path  string
	Value pcommon.Value
}

// ConvertLeaves reads messages that were flattened.
func (c *Converter) ConvertLeaves(side Side, leaves []Leaf) string {
	defer c.done()
	return c.messages(side, c.grow(leaves))
}

// ToolLeaves reads tool definitions that were flattened.
func (c *Converter) ToolLeaves(leaves []Leaf) string {
	defer c.done()
	return c.tools(c.grow(leaves))
}

// grow makes one tree of the leaves again.
func (c *Converter) grow(leaves []Leaf) value {
	if len(leaves) == 0 {
		return value{}
	}
	leaves = leaves[:min(len(leaves), maxLeaves)]
	slices.SortStableFunc(leaves, func(a, b Leaf) int { return comparePaths(a.Path, b.Path) })
	t := c.borrow()
	t.branch("", leaves, 0, 0)
	return t.root()
}

// branch adds what the leaves have in common up to the byte offset of their paths.
func (t *tree) branch(key string, leaves []Leaf, offset, depth int) {
	if len(leaves) == 0 || depth > maxDepth || len(t.nodes) >= maxNodes {
		return
	}
	if first := leaves[0]; len(first.Path) <= offset {
		// A name that is also the beginning of others: what is flattened says more.
		if len(leaves) == 1 {
			if !t.addValue(key, first.Value, depth) {
				t.add(node{kind: null, key: key})
			}
			return
		}
		leaves = leaves[1:]
	}
	k := object
	if _, err := strconv.Atoi(segment(leaves[0].Path, offset)); err == nil {
		k = array
	}
	self := t.add(node{kind: k, key: key})
	for len(leaves) > 0 {
		name := segment(leaves[0].Path, offset)
		n := 1
		for n < len(leaves) && segment(leaves[n].Path, offset) == name {
			n++
		}
		t.branch(name, leaves[:n], offset+len(name)+1, depth+1)
		leaves = leaves[n:]
	}
	t.close(self)
}

func segment(path string, offset int) string {
	if offset >= len(path) {
		return ""
	}
	s := path[offset:]
	if dot := strings.IndexByte(s, '.'); dot >= 0 {
		return s[:dot]
	}
	return s
}

// comparePaths orders by segment, numbers by value.
func comparePaths(a, b string) int {
	for a != "" && b != "" {
		x, y := segment(a, 0), segment(b, 0)
		if x != y {
			m, errM := strconv.Atoi(x)
			n, errN := strconv.Atoi(y)
			if errM == nil && errN == nil && m != n {
				return m - n
			}
			return strings.Compare(x, y)
		}
		a, b = a[min(len(a), len(x)+1):], b[min(len(b), len(y)+1):]
	}
	return len(a) - len(b)
}
