package message

// toolCalls writes the calls that stand beside a message's content.
func (c *Converter) toolCalls(v value, depth int) {
	switch v.kind() {
	case array:
		v.each(func(_ string, e value) bool {
			if e.kind() == object {
				c.toolCall(e)
			}
			return true
		})
	case object:
		c.toolCall(v)
	case text: // a list as JSON text
		t := c.borrow()
		defer c.giveBack()
		if depth < maxDescent && looksLikeJSON(v.node().text) && t.parse(v.str()) && t.root().kind() != text {
			c.toolCalls(t.root(), depth+1)
		}
	}
}

func writeToolCall(c *Converter, v value, _ int) { c.toolCall(v) }

func (c *Converter) toolCall(v value) {
	for range maxWrapping {
		inner := v.get("tool_call", "toolCall", "payload")
		if inner.kind() != object {
			break
		}
		v = inner
	}
	f := v.get("function")
	if f.kind() != object {
		f = v
	}
	c.partStart("tool_call")
	// The id of a Responses item is not the call's.
	c.out.memberOf("id", v.get("call_id", "id", "toolCallId", "tool_call_id", "toolUseId", "tool_use_id", "tool_id"))
	c.out.memberOf("name", f.get("name", "toolName", "tool_name"))
	if args := f.get("arguments", "args", "input", "parameters", "tool_kwargs"); !args.isNothing() {
		c.out.key("arguments")
		c.structured(args)
	}
	c.out.raw("}")
}

func (c *Converter) toolResponse(id, response value) {
	c.partStart("tool_call_response")
	c.out.memberOf("id", id)
	if !response.isNothing() {
		c.out.key("response")
		c.structured(unwrapped(response))
	}
	c.out.raw("}")
}

func writeToolResult(c *Converter, v value, _ int) {
	id := v.get("tool_use_id", "toolUseId", "call_id", "toolCallId", "tool_call_id", "tool_id", "id")
	if origin := v.get("origin"); id.isNothing() && origin.kind() == object {
		id = origin.get("id")
	}
	c.toolResponse(id, v.get("response", "result", "output", "content", "error"))
}

// unwrapped takes off the envelope in which the AI SDK puts a tool's result.
func unwrapped(v value) value {
	if v.get("type").is("json", "text", "error-text", "error-json", "content") && v.len() == 2 {
		if inner := v.get("value"); !inner.isNothing() {
			return inner
		}
	}
	return v
}

func writeServerToolCall(c *Converter, v value, _ int) {
	name := v.get("name", "tool_name")
	if name.isNothing() {
		name = v.get("type")
	}
	c.partStart("server_tool_call")
	c.out.memberOf("id", v.get("id", "tool_call_id", "call_id"))
	c.out.memberOf("name", name)
	c.out.key("server_tool_call")
	c.out.raw(`{`)
	c.out.memberOf("type", name)
	if input := v.get("input", "args", "action", "arguments", "code", "queries"); !input.isNothing() {
		c.out.key("arguments")
		c.structured(input)
	}
	c.out.raw("}}")
}

func writeServerToolResult(c *Converter, v value, _ int) {
	c.partStart("server_tool_call_response")
	c.out.memberOf("id", v.get("tool_use_id", "tool_call_id", "id"))
	c.out.key("server_tool_call_response")
	c.out.raw(`{`)
	c.out.memberOf("type", v.get("type", "part_kind"))
	if content := v.get("content", "result"); !content.isNothing() {
		c.out.key("content")
		c.structured(content)
	}
	c.out.raw("}}")
}

// structured writes a value; a text that is a JSON list or object is written as that.
func (c *Converter) structured(v value) {
	if v.kind() != text {
		c.out.value(v)
		return
	}
	n := v.node()
	if s := v.str(); n.flags&torn == 0 && looksLikeJSON(s) {
		t := c.borrow()
		defer c.giveBack()
		if t.parse(s) && !t.torn {
			switch root := t.root(); {
			case root.kind() != text:
				c.out.value(root)
				return
			case looksLikeJSON(root.str()): // JSON of a text that is JSON
				c.structured(root)
				return
			}
		}
	}
	c.out.text(n)
}

// argumentsOf takes off what frameworks wrap around a tool's arguments.
func argumentsOf(v value) value {
	args, named := v.get("args"), v.get("kwargs")
	switch {
	case v.kind() != object:
		return v
	case args.kind() == array && args.len() == 1 && !holds(named) && v.len() <= 2:
		return args.first()
	case args.kind() == array && !holds(args) && holds(named) && v.len() == 2:
		return named
	case v.has("input_str") && v.get("inputs").kind() == object:
		return v.get("inputs")
	case v.has("input_str"):
		return v.get("input_str")
	default:
		return v
	}
}

// resultOf takes off what frameworks wrap around a tool's result.
func resultOf(v value) value {
	for range maxWrapping {
		kwargs := v.get("kwargs")
		switch {
		case kwargs.kind() == object && v.has("lc") && kwargs.has("content"):
			v = kwargs.get("content")
		case v.get("output").kind() == object && v.get("output").has("lc", "tool_call_id"):
			v = v.get("output")
		case v.has("tool_call_id") && v.has("content"):
			v = v.get("content")
		default:
			return unwrapped(v)
		}
	}
	return v
}
