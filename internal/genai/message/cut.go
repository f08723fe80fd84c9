package message

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MinCut is the least that content can be cut to: room for a role, a type and the marker.
const MinCut = 256

// CutText shortens a text to limit bytes, marker included, without splitting a character.
func CutText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	s = strings.TrimSuffix(s, Marker)
	return wholeRunes(s, limit-len(Marker)) + Marker
}

func wholeRunes(s string, n int) string {
	n = min(max(n, 0), len(s))
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Cut shortens content to limit bytes. JSON stays JSON: of a list of messages the oldest go first, but never instructions and the
// last message; then the longest texts are cut, as few of them as possible.
func (c *Converter) Cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	defer c.done()
	t := c.borrow()
	if !looksLikeJSON(s) || !t.parse(s) || t.torn || t.root().kind() == text {
		return CutText(s, limit)
	}
	var chosen []value
	removed := 0
	root := t.root()
	isMessages := allOf(root, func(e value) bool { return e.get("role").kind() == text })
	if isMessages {
		chosen, removed = c.newest(root, limit)
	} else {
		chosen = []value{root}
	}
	c.shorten(chosen, limit-c.overhead(chosen, isMessages, removed))
	out := c.emitCut(chosen, isMessages, removed)
	if len(out) <= limit {
		return out
	}
	switch {
	case isMessages: // thousands of tiny members: what remains is that there was something
		last := chosen[len(chosen)-1]
		return `[{"role":` + quoted(CutText(last.get("role").str(), 32)) + `,"parts":[{"type":"text","content":"` + Marker + `"}]}]`
	case root.kind() == array:
		return c.leading(root, limit)
	default:
		return CutText(s, limit)
	}
}

// leading is a list of as many of the first elements as fit.
func (c *Converter) leading(list value, limit int) string {
	c.out.buf = append(c.out.buf[:0], '[')
	list.each(func(_ string, e value) bool {
		before := len(c.out.buf)
		c.out.comma()
		c.out.value(e)
		if len(c.out.buf) >= limit {
			c.out.buf = c.out.buf[:before]
			return false
		}
		return true
	})
	c.out.raw("]")
	return string(c.out.buf)
}

func quoted(s string) string {
	var e emitter
	e.quote(s)
	return string(e.buf)
}

// newest chooses the messages that fit, oldest removed first.
func (c *Converter) newest(root value, limit int) (chosen []value, removed int) {
	var all []value
	var sizes []int
	total := 2 + len(gap(1000))
	root.each(func(_ string, m value) bool {
		c.out.buf = c.out.buf[:0]
		c.out.value(m)
		all, sizes = append(all, m), append(sizes, len(c.out.buf)+1)
		total += len(c.out.buf) + 1
		return true
	})
	for i, m := range all {
		if total > limit && i < len(all)-1 && !m.get("role").is("system", "developer") {
			total -= sizes[i]
			removed++
			continue
		}
		chosen = append(chosen, m)
	}
	return chosen, removed
}

// gap is the part that stands where messages were removed.
func gap(removed int) string {
	return `{"type":"generic","generic_type":"truncated","removed_messages":` + strconv.Itoa(removed) + `}`
}

// shorten cuts the longest texts until all of them together take no more than room bytes.
func (c *Converter) shorten(chosen []value, room int) {
	var texts []*node
	total := 0
	eachText(chosen, func(n *node) {
		texts = append(texts, n)
		total += textSize(n)
	})
	level := waterLevel(texts, total, room)
	if level < 0 {
		return
	}
	for _, n := range texts {
		if textSize(n) <= level {
			continue
		}
		n.text = strings.TrimSuffix(n.text, Marker)
		n.text = wholeEscapes(n.text, level-len(Marker), n.flags&escaped != 0)
		n.flags |= torn
	}
}

func textSize(n *node) int {
	if n.flags&control != 0 {
		return 6 * len(n.text) // as if every byte had to be escaped
	}
	return len(n.text)
}

// waterLevel is the length to which every longer text must be cut so that all fit the room; -1 when they fit as they are.
func waterLevel(texts []*node, total, room int) int {
	if total <= room {
		return -1
	}
	sizes := make([]int, len(texts))
	for i, n := range texts {
		sizes[i] = textSize(n)
	}
	return levelOf(sizes, room)
}

func levelOf(sizes []int, room int) int {
	slices.Sort(sizes)
	rest := max(room, 0)
	for i, size := range sizes {
		share := rest / (len(sizes) - i)
		if size > share {
			return max(share, len(Marker))
		}
		rest -= size
	}
	return max(room, len(Marker))
}

func eachText(chosen []value, yield func(n *node)) {
	for _, v := range chosen {
		for i := v.i; i < v.node().next; i++ {
			if n := &v.t.nodes[i]; n.kind == text {
				yield(n)
			}
		}
	}
}

// overhead is what is not text.
func (c *Converter) overhead(chosen []value, isMessages bool, removed int) int {
	total := len(c.emitCut(chosen, isMessages, removed))
	eachText(chosen, func(n *node) { total -= len(n.text) })
	return total
}

func (c *Converter) emitCut(chosen []value, isMessages bool, removed int) string {
	c.out.buf = c.out.buf[:0]
	if !isMessages {
		c.out.value(chosen[0])
		return string(c.out.buf)
	}
	c.out.raw("[")
	for _, m := range chosen {
		c.out.comma()
		parts := m.get("parts")
		if removed == 0 || parts.kind() != array || m.get("role").is("system", "developer") {
			c.out.value(m)
			continue
		}
		c.out.raw("{")
		m.each(func(name string, e value) bool {
			c.out.key(name)
			if e != parts {
				c.out.value(e)
				return true
			}
			c.out.raw("[" + gap(removed))
			parts.each(func(_ string, p value) bool {
				c.out.comma()
				c.out.value(p)
				return true
			})
			c.out.raw("]")
			return true
		})
		c.out.raw("}")
		removed = 0
	}
	c.out.raw("]")
	return string(c.out.buf)
}

// wholeEscapes shortens what stands between the quotes of a JSON text to n bytes, splitting neither characters nor escapes.
func wholeEscapes(s string, n int, hasEscapes bool) string {
	if !hasEscapes || n >= len(s) {
		return wholeRunes(s, n)
	}
	at := 0
	for at < len(s) {
		size := 1
		switch c := s[at]; {
		case c == '\\':
			size, _ = escapeLength(s[at:])
			if size == 6 && s[at+2]|0x20 == 'd' && strings.HasPrefix(s[min(at+6, len(s)):], `\u`) {
				size = 12 // both halves of a surrogate pair
			}
		case c >= utf8.RuneSelf:
			_, size = utf8.DecodeRuneInString(s[at:])
		}
		if size <= 0 || at+size > n {
			break
		}
		at += size
	}
	return s[:min(at, len(s))]
}

// LevelFor is the length that none of several texts may exceed so that all of them, like the attributes of a flattened list, take no
// more than limit bytes; -1 when they fit.
func LevelFor(sizes []int, limit int) int {
	total := 0
	for _, size := range sizes {
		total += size
	}
	if total <= limit {
		return -1
	}
	return levelOf(slices.Clone(sizes), limit)
}
