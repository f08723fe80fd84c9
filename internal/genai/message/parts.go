package message

// partStart opens a part; whoever calls it closes the brace.
func (c *Converter) partStart(kind string) {
	c.out.comma()
	c.out.raw(`{"type":`)
	c.out.quote(kind)
	c.open.parts++
}

func (c *Converter) textPart(s string) {
	c.partStart("text")
	c.out.member("content", s)
	c.out.raw("}")
}

// jsonPart writes what has no known shape as the JSON it is: nothing is lost, and it can be read.
func (c *Converter) jsonPart(v value) {
	var inner emitter
	inner.value(v)
	c.out.marked = c.out.marked || inner.marked
	c.textPart(string(inner.buf))
}

// generic writes a part that the convention has no type for, with one member.
func (c *Converter) generic(kind, name string, v value) {
	c.partStart("generic")
	c.out.member("generic_type", kind)
	c.out.memberOf(name, v)
	c.out.raw("}")
}

// genericPart keeps every member of a part that the convention has no type for.
func (c *Converter) genericPart(v value, kind string) {
	c.partStart("generic")
	c.out.member("generic_type", kind)
	v.each(func(name string, m value) bool {
		if name != "type" && name != "generic_type" {
			c.out.key(name)
			c.out.value(m)
		}
		return true
	})
	c.out.raw("}")
}

// isPart reports whether an object is a part of a message, not a message or a document.
func isPart(v value) bool {
	if v.kind() != object || v.has("role") {
		return false
	}
	if v.get("type").kind() == text {
		return !v.has("messages", "choices", "contents", "output", "response_metadata") || v.has("tool_use_id", "toolCallId", "call_id")
	}
	if v.has("message", "messages", "choices", "candidates", "contents", "generations", "output", "input") && !v.has("call_id", "toolCallId") {
		return false
	}
	return v.get("text").kind() == text ||
		v.has("functionCall", "function_call", "functionResponse", "function_response", "toolUse", "toolResult", "toolCallId", "tool_call_id",
			"inlineData", "inline_data", "fileData", "file_data", "reasoningContent", "message_content", "tool_call_result", "part_kind",
			"block_type", "executableCode", "codeExecutionResult", "call_id", "image", "guardContent", "cachePoint") ||
		v.get("tool_call").kind() == object || v.get("reasoning").has("reasoning_text", "text")
}

func isToolResult(v value) bool {
	return v.get("type").is("tool_result", "tool-result", "tool_call_response", "function_call_output") ||
		v.has("toolResult", "tool_call_result", "functionResponse", "function_response", "call_id")
}

// part writes one part of a message.
func (c *Converter) part(v value, depth int) {
	if v.kind() == text {
		c.contentText(v, depth)
		return
	}
	if v.kind() != object || depth > 2*maxDescent {
		if !v.isNothing() {
			c.jsonPart(v)
		}
		return
	}
	if isCanonicalPart(v) {
		c.open.parts++
		c.out.comma()
		c.out.value(v)
		return
	}
	if kwargs := v.get("kwargs"); kwargs.kind() == object && v.has("lc") {
		c.part(kwargs, depth+1)
		return
	}
	kind := v.get("type", "part_kind", "block_type")
	if kind.isTorn() {
		return
	}
	if write, ok := partTypes[kind.str()]; ok && kind.kind() == text {
		write(c, v, depth)
		return
	}
	c.partByShape(v, kind, depth)
}

func writeText(c *Converter, v value, depth int) {
	s := v.get("text", "content", "value", "output_text")
	switch {
	case s.kind() == text:
		if n := s.node(); n.text == "" && n.flags&torn == 0 {
			return
		}
		c.partStart("text")
		c.out.key("content")
		c.out.text(s.node())
		c.out.raw("}")
	case s.kind() == object: // {type: text, text: {value, annotations}}
		c.part(s.get("value"), depth+1)
	default:
		c.partsOf(s, depth+1)
	}
}

func writeRefusal(c *Converter, v value, _ int) {
	c.generic("refusal", "content", v.get("refusal", "content", "text"))
}

// reasoning writes what the model thought: a text, or a list of parts.
func (c *Converter) reasoning(v value, depth int) {
	switch v.kind() {
	case text:
		if n := v.node(); n.text != "" || n.flags&torn != 0 {
			c.partStart("reasoning")
			c.out.key("content")
			c.out.text(n)
			c.out.raw("}")
		}
	case array:
		v.each(func(_ string, e value) bool {
			if depth < 2*maxDescent {
				c.reasoning(e, depth+1)
			}
			return true
		})
	case object:
		if depth < 2*maxDescent {
			c.reasoning(v.get("text", "thinking", "reasoning", "content", "reasoning_text", "reasoningText", "summary"), depth+1)
		}
	}
}

func writeReasoning(c *Converter, v value, depth int) {
	before := c.open.parts
	for _, name := range [...]string{"summary", "thinking", "reasoning", "text", "content"} {
		if found := v.get(name); holds(found) {
			c.reasoning(found, depth)
			if name != "summary" {
				break
			}
		}
	}
	if c.open.parts == before && v.has("data", "encrypted_content", "signature") {
		c.genericPart(v, "reasoning")
	}
}

// partByShape reads the parts that are told by the name of their one member.
func (c *Converter) partByShape(v, kind value, depth int) {
	switch {
	case v.has("message_content"):
		c.part(v.get("message_content"), depth+1)
	case v.has("functionCall", "function_call", "toolUse", "tool_call") && v.get("functionCall", "function_call", "toolUse", "tool_call").kind() == object:
		c.toolCall(v.get("functionCall", "function_call", "toolUse", "tool_call"))
	case v.has("functionResponse", "function_response", "toolResult", "tool_call_result"):
		writeToolResult(c, v.get("functionResponse", "function_response", "toolResult", "tool_call_result"), depth)
	case v.has("reasoningContent"):
		c.reasoning(v.get("reasoningContent"), depth)
	case v.get("reasoning").kind() == object:
		c.reasoning(v.get("reasoning"), depth)
	case v.has("inlineData", "inline_data"):
		m := v.get("inlineData", "inline_data")
		c.blob("", m.get("mimeType", "mime_type"), m.get("data"))
	case v.has("fileData", "file_data") && kind.isNothing():
		m := v.get("fileData", "file_data")
		c.uri("", m.get("mimeType", "mime_type"), m.get("fileUri", "file_uri"))
	case v.get("image").kind() == object && kind.isNothing():
		c.media("image", v.get("image"), depth)
	case kind.kind() == text:
		if name := kind.str(); name == "generic" {
			c.genericPart(v, "unknown")
		} else {
			c.genericPart(v, name)
		}
	case v.has("thought") && v.get("text").kind() == text && v.get("thought").node().text == "true":
		c.reasoning(v.get("text"), depth)
	case v.get("text").kind() == text:
		writeText(c, v, depth)
	case v.has("toolCallId", "call_id", "tool_call_id") && v.has("result", "output", "content", "response"):
		writeToolResult(c, v, depth)
	case v.has("toolName", "toolCallId") || v.get("function").kind() == object || v.has("arguments") && v.has("name"):
		c.toolCall(v)
	case v.has("content") && v.len() == 1:
		c.partsOf(v.get("content"), depth+1)
	default:
		c.jsonPart(v)
	}
}
