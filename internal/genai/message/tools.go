package message

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// tools writes tool definitions.
func (c *Converter) tools(v value) string {
	if !holds(v) {
		return ""
	}
	c.out.buf, c.out.marked = append(c.out.buf[:0], '['), false
	c.toolList(v, 0)
	if len(c.out.buf) == 1 {
		return ""
	}
	c.out.raw("]")
	return string(c.out.buf)
}

func (c *Converter) toolList(v value, depth int) {
	if depth > maxDescent {
		return
	}
	switch v.kind() {
	case array:
		v.each(func(_ string, e value) bool {
			c.toolList(e, depth+1)
			return true
		})
	case text:
		c.toolText(v, depth)
	case object:
		c.tool(v, depth)
	}
}

// toolText reads a definition that is JSON in a text, or no more than the tool's name.
func (c *Converter) toolText(v value, depth int) {
	s := v.str()
	if s == "" {
		return
	}
	if looksLikeJSON(s) {
		t := c.borrow()
		defer c.giveBack()
		if t.parse(s) && t.root().kind() != text {
			c.toolList(t.root(), depth+1)
			return
		}
	}
	c.out.comma()
	c.out.raw(`{"type":"function"`)
	c.out.member("name", s)
	c.out.raw("}")
}

func (c *Converter) tool(v value, depth int) {
	for _, name := range [...]string{"functionDeclarations", "function_declarations", "tool", "json_schema"} {
		if inner := v.get(name); holds(inner) && !v.has("name") {
			c.toolList(inner, depth+1)
			return
		}
	}
	f := v
	for _, name := range [...]string{"function", "toolSpec"} {
		if inner := v.get(name); inner.kind() == object {
			f = inner
		}
	}
	kind := v.get("type")
	switch name := f.get("name"); {
	case kind.kind() == text && !kind.is("function", "object", "custom"): // of the provider's own, with settings of its own
		c.out.comma()
		c.out.value(v)
	case name.kind() == text:
		c.out.comma()
		c.out.raw("{")
		c.out.member("type", "function")
		c.out.memberOf("name", name)
		c.out.memberOf("description", f.get("description"))
		schema := f.get("parameters", "inputSchema", "input_schema", "parametersJsonSchema", "parameters_json_schema", "schema")
		for _, wrapped := range [...]string{"json", "jsonSchema"} {
			if inner := schema.get(wrapped); inner.kind() == object {
				schema = inner
			}
		}
		if !schema.isNothing() {
			c.out.key("parameters")
			c.structured(schema)
		}
		c.out.raw("}")
	default:
		// By name: {get_weather: {description, parameters}}.
		v.each(func(name string, e value) bool {
			if e.kind() == object {
				c.namedTool(name, e)
			}
			return true
		})
	}
}

func (c *Converter) namedTool(name string, v value) {
	c.out.comma()
	c.out.raw(`{"type":"function"`)
	c.out.member("name", name)
	c.out.memberOf("description", v.get("description"))
	c.out.memberOf("parameters", v.get("parameters", "inputSchema", "input_schema"))
	c.out.raw("}")
}

// ToolNames reads tool definitions and leaves of them what tells the tools apart.
func (c *Converter) ToolNames(v pcommon.Value) string {
	full := c.Tools(v)
	if full == "" {
		return ""
	}
	defer c.done()
	t := c.borrow()
	if !t.parse(full) {
		return ""
	}
	c.out.buf = append(c.out.buf[:0], '[')
	t.root().each(func(_ string, e value) bool {
		if !isToolName(e.get("name").str()) {
			return true
		}
		c.out.comma()
		c.out.raw("{")
		if isToolName(e.get("type").str()) {
			c.out.memberOf("type", e.get("type"))
		}
		c.out.memberOf("name", e.get("name"))
		c.out.raw("}")
		return true
	})
	c.out.raw("]")
	return string(c.out.buf)
}

// maxToolName is longer than any provider lets a name be.
const maxToolName = 256

// isToolName tells a name from words in its place.
func isToolName(s string) bool {
	return s != "" && len(s) <= maxToolName && !strings.ContainsAny(s, " \t\r\n")
}

// OnlyToolNames reports whether that is all there is.
func (c *Converter) OnlyToolNames(v pcommon.Value) bool {
	return v.Type() == pcommon.ValueTypeStr && v.Str() == c.ToolNames(v)
}
