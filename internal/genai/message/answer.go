package message

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/valuetext"
)

// Answer is one answer whose kinds of content came under names of their own; nil is none.
type Answer struct {
	Text, Reasoning, ToolCalls, Object *pcommon.Value
}

// Answer writes it as one message. Its text is taken for nothing but text, even when the model wrote JSON.
func (c *Converter) Answer(a Answer) string {
	defer c.done()
	c.begin(Output)
	c.turn(Output.role(), value{})
	c.reasoning(c.given(a.Reasoning), 0)
	if a.Text != nil {
		if s := valuetext.Of(*a.Text); s != "" {
			c.textPart(s)
		}
	}
	c.toolCalls(c.given(a.ToolCalls), 0)
	if a.Object != nil && c.open.parts == 0 {
		if s := valuetext.Of(*a.Object); s != "" {
			c.textPart(s)
		}
	}
	if c.open.parts == 0 {
		return ""
	}
	return c.finish()
}

func (c *Converter) given(v *pcommon.Value) value {
	if v == nil {
		return value{}
	}
	return c.load(*v)
}

// Event is a message that was sent as an event.
type Event struct {
	Name       string
	Attributes pcommon.Map
}

// ConvertEvents reads messages that were sent as events, one each.
func (c *Converter) ConvertEvents(side Side, events []Event) string {
	defer c.done()
	c.begin(side)
	for _, e := range events {
		t := c.borrow()
		if body, ok := e.Attributes.Get("gen_ai.event.content"); ok {
			if root := c.loadText(t, valuetext.Of(body)); root.kind() == object {
				c.eventMessage(root, e.Name)
				continue
			}
			t.reset()
		}
		self := t.add(node{kind: object})
		fits := true
		for name, v := range e.Attributes.All() {
			fits = fits && t.addValue(name, v, 1)
		}
		t.close(self)
		if fits {
			c.eventMessage(t.root(), e.Name)
		}
	}
	return c.finish()
}

// eventMessage reads the message of an event; the choice of a model holds it one level deeper.
func (c *Converter) eventMessage(v value, name string) {
	role := roles[name]
	m := v.get("message")
	switch m.kind() {
	case object:
		c.message(m, roleOf(m.get("role"), role), 0)
	case text:
		c.turn(roleOf(v.get("role"), role), value{})
		c.partsOf(m, 0)
	default:
		c.message(v, roleOf(v.get("role"), role), 0)
	}
	c.ended(endOf(v))
}
