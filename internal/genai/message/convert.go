package message

import (
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/valuetext"
)

// Content is what one value says, in canonical form. Empty texts: it says nothing of the kind.
type Content struct {
	// Messages is a JSON list of messages, System one of text parts, Tools one of tool definitions.
	Messages, System, Tools string
}

// Side is whose words a text without a role is.
type Side uint8

// Sides.
const (
	Input Side = iota
	Output
)

func (s Side) role() string {
	if s == Output {
		return "assistant"
	}
	return "user"
}

// maxWrapping is how often JSON may be written as a text within JSON.
const maxWrapping = 3

// maxDescent is how many containers and messages may lie within each other.
const maxDescent = 12

// Converter converts content. It holds scratch space, so each goroutine needs its own; it keeps nothing between calls.
type Converter struct {
	trees   []*tree
	used    int
	out     emitter
	side    Side
	open    turn
	written int
	// known is set once a message or a part was told by its shape.
	known bool
}

// borrow hands out an empty tree until done.
func (c *Converter) borrow() *tree {
	if c.used == len(c.trees) {
		c.trees = append(c.trees, new(tree))
	}
	c.used++
	return c.trees[c.used-1]
}

// giveBack takes back the tree that was borrowed last.
func (c *Converter) giveBack() {
	c.used--
	c.trees[c.used].reset()
}

// done takes back everything, also after a fault.
func (c *Converter) done() {
	for c.used > 0 {
		c.giveBack()
	}
	if cap(c.out.buf) > 1<<20 {
		c.out.buf = nil
	}
	c.open = turn{}
}

// load reads an attribute value. JSON within a text is read too; text that is none stays a text.
func (c *Converter) load(v pcommon.Value) value {
	t := c.borrow()
	if v.Type() == pcommon.ValueTypeStr {
		return c.loadText(t, v.Str())
	}
	if !t.addValue("", v, 0) {
		t.reset()
		return c.loadText(t, valuetext.Of(v))
	}
	return t.root()
}

func (c *Converter) loadText(t *tree, s string) value {
	for range maxWrapping {
		if !looksLikeJSON(s) || !t.parse(s) {
			t.reset()
			break
		}
		root := t.root()
		if root.kind() != text {
			return root
		}
		if t.torn {
			// A single quoted text that is cut off.
			return root
		}
		s = root.str()
		t.reset()
	}
	if s == "null" { // how JSON says that there is nothing
		t.add(node{kind: null})
	} else {
		t.add(node{kind: text, flags: plain, text: s})
	}
	return t.root()
}

// looksLikeJSON is the cheap look that spares plain texts a parse.
func looksLikeJSON(s string) bool {
	s = strings.TrimLeft(s, " \n\t\r")
	return s != "" && (s[0] == '{' || s[0] == '[' || s[0] == '"')
}

// Convert reads messages of a side. Whole requests also hold system instructions and tool definitions.
func (c *Converter) Convert(side Side, v pcommon.Value) Content {
	defer c.done()
	return c.content(side, c.load(v), v)
}

func (c *Converter) content(side Side, root value, source pcommon.Value) Content {
	if same, ok := asItIs(root, source, isCanonicalMessages); ok {
		return Content{Messages: same}
	}
	content := Content{Messages: c.messages(side, root)}
	if root.t.torn && !c.known && source.Type() == pcommon.ValueTypeStr {
		content.Messages = c.tornText(side, source.Str())
	}
	if side == Input && root.kind() == object {
		if request := requestOf(root); !request.isNothing() {
			content.System = c.system(systemOf(request))
			content.Tools = c.tools(toolsOf(request))
		}
	}
	return content
}

// asItIs is the source text when it is canonical already.
func asItIs(root value, source pcommon.Value, canonical func(value) bool) (string, bool) {
	if root.kind() != array || root.t.torn || root.t.loose || source.Type() != pcommon.ValueTypeStr || !canonical(root) {
		return "", false
	}
	s := source.Str()
	return s, strings.TrimLeft(s, " \n\t\r")[0] == '[' && utf8.ValidString(s)
}

func (c *Converter) messages(side Side, root value) string {
	if root.isNothing() {
		return ""
	}
	c.begin(side)
	c.any(root, side.role(), 0)
	if root.t.torn {
		c.mark(side.role())
	}
	return c.finish()
}

// tornText makes of a torn document in which nothing was recognised the text it may well be: people write brackets too.
func (c *Converter) tornText(side Side, s string) string {
	c.begin(side)
	c.turn(side.role(), value{})
	c.textPart(s)
	return c.finish()
}

// begin and finish enclose the messages of one document.
func (c *Converter) begin(side Side) {
	c.side, c.open, c.written, c.known = side, turn{}, 0, false
	c.out.buf, c.out.marked = append(c.out.buf[:0], '['), false
}

func (c *Converter) finish() string {
	c.endTurn()
	if c.written == 0 {
		return ""
	}
	c.out.raw("]")
	return string(c.out.buf)
}

// mark makes a torn document show, unless the text it was torn in does already.
func (c *Converter) mark(role string) {
	if c.out.marked {
		return
	}
	if !c.open.is {
		c.turn(role, value{})
	}
	c.textPart(Marker)
	c.out.marked = true
}

// System reads system instructions.
func (c *Converter) System(v pcommon.Value) string {
	defer c.done()
	root := c.load(v)
	if same, ok := asItIs(root, v, isCanonicalSystem); ok {
		return same
	}
	return c.system(root)
}

func (c *Converter) system(v value) string {
	if v.isNothing() {
		return ""
	}
	c.begin(Input)
	c.open = turn{is: true, bare: true}
	c.systemParts(v, 0)
	if v.t.torn && !c.out.marked {
		c.textPart(Marker)
	}
	if c.open.parts == 0 {
		return ""
	}
	c.out.raw("]")
	return string(c.out.buf)
}

// systemParts finds the parts, in whatever they are wrapped.
func (c *Converter) systemParts(v value, depth int) {
	switch {
	case depth > maxDescent:
		c.jsonPart(v)
	case v.kind() == array:
		v.each(func(_ string, e value) bool {
			c.systemParts(e, depth+1)
			return true
		})
	case v.kind() == object && v.has("parts"):
		c.systemParts(v.get("parts"), depth+1)
	case v.kind() == object && !v.has("type") && v.has("content"):
		c.systemParts(v.get("content"), depth+1)
	default:
		c.part(v, depth)
	}
}

// Tools reads tool definitions.
func (c *Converter) Tools(v pcommon.Value) string {
	defer c.done()
	root := c.load(v)
	if same, ok := asItIs(root, v, isCanonicalTools); ok {
		return same
	}
	if root.kind() == object {
		if tools := toolsOf(requestOf(root)); !tools.isNothing() {
			return c.tools(tools)
		}
	}
	return c.tools(root)
}

// Arguments reads the arguments of a tool call: JSON text, or the text there is.
func (c *Converter) Arguments(v pcommon.Value) string {
	defer c.done()
	return c.bare(argumentsOf(c.load(v)), v)
}

// Result reads the result of a tool call.
func (c *Converter) Result(v pcommon.Value) string {
	defer c.done()
	return c.bare(resultOf(c.load(v)), v)
}

// bare is a value by itself: structures as JSON, a text without quotes, what came as it should as it came.
func (c *Converter) bare(v value, source pcommon.Value) string {
	switch {
	case v.isNothing():
		return ""
	case v.i == 0 && source.Type() == pcommon.ValueTypeStr && (v.t.torn || v.kind() != text):
		return source.Str()
	case v.kind() == text:
		return v.str()
	}
	c.out.buf = c.out.buf[:0]
	c.out.value(v)
	return string(c.out.buf)
}
