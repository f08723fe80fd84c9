package message

// message writes an object that is one message.
func (c *Converter) message(v value, role string, depth int) {
	if role == "" {
		role = c.side.role()
	}
	c.known = true
	c.turn(role, v.get("name"))
	if c.open.bare {
		c.partsOf(contentOf(v), depth)
		return
	}
	calls := v.get("tool_calls", "toolCalls", "_tool_calls")
	extra := v.get("additional_kwargs")
	answers := v.get("tool_call_id", "toolCallId")
	content := contentOf(v)
	c.reasoning(v.get("reasoning_content", "reasoning", "thinking"), depth)
	c.reasoning(extra.get("reasoning_content"), depth)
	switch {
	case role == "tool" && content.kind() == array && isPart(content.first()) && isToolResult(content.first()):
		c.partsOf(content, depth)
	case role == "tool" && v.get("parts").kind() == array:
		c.partsOf(content, depth)
	case role == "tool" && (!answers.isNothing() || v.has("id") && !v.has("parts")):
		if answers.isNothing() {
			answers = v.get("id")
		}
		c.toolResponse(answers, content)
	case role == "tool" && content.kind() == text:
		c.toolResponse(value{}, content)
	default:
		c.partsOf(content, depth)
	}
	v.get("tool_results").each(func(_ string, e value) bool {
		if e.kind() == object {
			writeToolResult(c, e, depth)
		}
		return true
	})
	if refusal := v.get("refusal"); refusal.kind() == text {
		c.generic("refusal", "content", refusal)
	}
	if !holds(calls) {
		calls = extra.get("tool_calls", "function_call")
	}
	if !holds(calls) {
		calls = v.get("function_call")
	}
	if !hasToolCalls(content) { // LangChain repeats what is among the content of Anthropic's messages
		c.toolCalls(calls, depth)
	}
	if end := endOf(v); !end.isNothing() {
		c.ended(end)
	}
}

// contentOf is what a message holds, under whichever name.
func contentOf(v value) value {
	for _, name := range [...]string{"parts", "content", "contents", "_content", "blocks", "items", "text"} {
		if found := v.get(name); holds(found) {
			return found
		}
	}
	return value{}
}

// partsOf writes a message's content: a text, a part, or a list of these.
func (c *Converter) partsOf(v value, depth int) {
	switch v.kind() {
	case text:
		c.contentText(v, depth)
	case array:
		v.each(func(_ string, e value) bool {
			c.part(e, depth+1)
			return true
		})
	case object:
		if inner := v.get("parts"); inner.kind() == array && !v.has("type") {
			c.partsOf(inner, depth+1)
			return
		}
		c.part(v, depth+1)
	case number, boolean:
		c.jsonPart(v)
	}
}

// contentText writes a text. One that came as an attribute of its own may hold a list of parts as JSON.
func (c *Converter) contentText(v value, depth int) {
	n := v.node()
	if n.text == "" && n.flags&torn == 0 {
		return
	}
	if v.i > 0 && n.flags&plain != 0 && depth < maxDescent && looksLikeJSON(n.text) && n.text[0] != '"' {
		t := c.borrow()
		defer c.giveBack()
		if t.parse(n.text) && allParts(t.root()) {
			c.partsOf(t.root(), depth+1)
			if t.torn && !c.out.marked {
				c.textPart(Marker)
				c.out.marked = true
			}
			return
		}
	}
	c.partStart("text")
	c.out.key("content")
	c.out.text(n)
	c.out.raw("}")
}

func allParts(v value) bool {
	if v.kind() != array || v.first().isNothing() {
		return false
	}
	all := true
	v.each(func(_ string, e value) bool {
		all = isPart(e)
		return all
	})
	return all
}

func hasToolCalls(content value) (found bool) {
	if content.kind() != array {
		return false
	}
	content.each(func(_ string, e value) bool {
		found = e.get("type").is("tool_use", "tool_call", "tool-call", "toolCall") || e.has("toolUse", "functionCall", "function_call")
		return !found
	})
	return found
}

// typedItem reads an item of OpenAI's Responses API: a message, or a part that stands alone.
func (c *Converter) typedItem(v value, depth int) bool {
	kind := v.get("type")
	switch {
	case kind.kind() != text:
		return false
	case kind.is("function_call", "custom_tool_call", "mcp_call", "tool_search_call"):
		c.item("assistant")
	case kind.is("function_call_output", "custom_tool_call_output", "computer_call_output", "local_shell_call_output", "shell_call_output"):
		c.item("tool")
	case kind.is("reasoning") && (v.has("summary", "encrypted_content") || v.get("content").kind() == array):
		c.item("assistant")
	case kind.is("web_search_call", "file_search_call", "code_interpreter_call", "computer_call", "image_generation_call",
		"local_shell_call", "mcp_list_tools", "mcp_approval_request", "shell_call", "apply_patch_call"):
		c.item("assistant")
	case kind.is("message") && c.side == Output && v.get("role").is("assistant") && v.get("content").kind() == array && !v.has("stop_reason"):
		// The parts of one answer: what the model thought, called and said.
		c.item("assistant")
		c.partsOf(v.get("content"), depth+1)
		return true
	default:
		return false
	}
	c.part(v, depth)
	return true
}
