package message

// The containers that messages come in, the most telling first. What a name holds is looked at by its shape, never by the name alone.
var (
	inputNames = []string{
		"messages", "contents", "input_messages", "message_history", "prompt", "input", "prompts", "inputs", "chat_history", "message",
		"request", "request_data", "body", "kwargs", "data", "text", "query", "question", "content", "llm_input",
	}
	outputNames = []string{
		"choices", "candidates", "generations", "output_messages", "output", "replies", "raw", "content", "message", "messages", "response",
		"response_data", "outputs", "update", "generation", "completion", "completions", "results", "result", "text", "outputText",
		"output_text", "generated_text", "combined_chunk_content", "answer", "data", "body",
	}
)

// any writes the messages in a value of whatever shape.
func (c *Converter) any(v value, role string, depth int) {
	switch v.kind() {
	case text:
		c.item(role)
		c.contentText(c.unquoted(v), depth)
	case array:
		c.list(v, role, depth)
	case object:
		c.object(v, role, depth)
	case number, boolean:
		c.item(role)
		c.jsonPart(v)
	}
}

// unquoted reads a text that came as JSON text in a list of attribute texts.
func (c *Converter) unquoted(v value) value {
	if n := v.node(); v.i == 0 || n.flags&plain == 0 || n.text == "" || n.text[0] != '"' {
		return v
	}
	t := c.borrow() // stays borrowed until the document is done: the text is still to be written
	if t.parse(v.node().text) && t.root().kind() == text && !t.torn {
		return t.root()
	}
	return v
}

func (c *Converter) list(v value, role string, depth int) {
	if depth > maxDescent {
		c.item(role)
		c.jsonPart(v)
		return
	}
	if k := v.first().kind(); k == number || k == boolean { // token numbers, an embedding
		c.item(role)
		c.jsonPart(v)
		return
	}
	v.each(func(_ string, e value) bool {
		c.any(e, role, depth+1)
		return true
	})
}

func (c *Converter) object(v value, role string, depth int) {
	switch {
	case depth > maxDescent:
		c.item(role)
		c.jsonPart(v)
	case c.langChain(v, role, depth), c.event(v), c.typedItem(v, depth), c.request(v, depth):
	case v.has("role", "_role"), v.get("parts").kind() == array:
		c.message(v, roleOf(v.get("role", "_role", "kind"), role), depth)
	case c.typedMessage(v, role, depth), c.choice(v, role, depth), c.result(v, role, depth):
	case isPart(v):
		c.known = true
		c.item(role)
		c.part(v, depth)
	default:
		if inner := c.inner(v); !inner.isNothing() {
			c.known = true
			c.any(inner, role, depth+1)
			if c.side == Output {
				c.ended(endOf(v))
			}
			return
		}
		if m := v.first(); v.len() == 1 && m.kind() == object && holds(c.inner(m)) { // a pipeline's {component: {..}}
			c.any(m, role, depth+1)
			return
		}
		if v.len() > 0 && !isEmptyContainer(v) {
			c.item(role)
			c.jsonPart(v)
		}
	}
}

// isEmptyContainer reports a document that has a place for messages and none there.
func isEmptyContainer(v value) (empty bool) {
	v.each(func(name string, e value) bool {
		switch name {
		case "messages", "contents", "choices", "candidates", "generations", "output", "content", "input":
			empty = !holds(e)
		}
		return !empty
	})
	return empty
}

// inner is the part of a request or response, or of a function's arguments or result, that holds the messages.
func (c *Converter) inner(v value) value {
	names := inputNames
	if c.side == Output {
		names = outputNames
	}
	for _, name := range names {
		if found := v.get(name); holds(found) {
			return found
		}
	}
	return value{}
}

// holds reports whether a value can hold messages.
func holds(v value) bool {
	switch v.kind() {
	case text:
		return v.node().text != ""
	case array, object:
		return v.node().next > v.i+1
	default:
		return false
	}
}

// langChain reads messages as LangChain serialises them: {lc, id: [.., class], kwargs} or {type, data}.
func (c *Converter) langChain(v value, role string, depth int) bool {
	if kwargs := v.get("kwargs"); kwargs.kind() == object && v.get("id").kind() == array {
		class := value{}
		v.get("id").each(func(_ string, e value) bool {
			class = e
			return true
		})
		if class.is("ChatGeneration", "Generation", "ChatGenerationChunk", "GenerationChunk", "LLMResult", "ChatPromptValue") {
			c.any(kwargs, role, depth+1)
			return true
		}
		c.message(kwargs, roleOf(class, role), depth)
		return true
	}
	if data := v.get("data"); data.kind() == object && v.has("type") && data.has("content") {
		c.message(data, roleOf(v.get("type"), role), depth)
		return true
	}
	return false
}

// event reads one of the convention's message events.
func (c *Converter) event(v value) bool {
	name := v.get("event.name")
	if _, known := roles[name.str()]; !known {
		return false
	}
	c.eventMessage(v, name.str())
	return true
}

// request reads what Pydantic AI sends at once: its parts have roles of their own.
func (c *Converter) request(v value, depth int) bool {
	parts := v.get("parts")
	if !v.get("kind").is("request") || parts.kind() != array || !parts.first().has("part_kind") {
		return false
	}
	c.known = true
	parts.each(func(_ string, e value) bool {
		c.item(roleOf(e.get("part_kind"), "user"))
		c.part(e, depth+1)
		return true
	})
	return true
}

// typedMessage reads messages whose role is their type.
func (c *Converter) typedMessage(v value, role string, depth int) bool {
	kind := v.get("type", "_type", "kind")
	if !v.has("content", "parts") || !kind.is("human", "ai", "system", "tool", "function", "user", "assistant", "HumanMessage", "AIMessage",
		"UserMessage", "AssistantMessage", "SystemMessage", "ToolMessage", "FunctionExecutionResultMessage", "AIMessageChunk",
		"HumanMessageChunk", "request", "response", "chat") {
		// Anthropic's answer is a message of the assistant; a part that happens to have content is not.
		if !v.has("content") || v.has("type") && !kind.is("message") || !v.has("stop_reason", "stopReason", "finish_reason", "finishReason", "usage_metadata", "source") {
			return false
		}
		c.message(v, role, depth)
		return true
	}
	c.message(v, roleOf(kind, role), depth)
	return true
}

// choice reads {message | delta | content object, finish_reason}: one of several answers, or a wrapped message.
func (c *Converter) choice(v value, role string, depth int) bool {
	for _, name := range [...]string{"message", "delta"} {
		if m := v.get(name); m.kind() == object && !v.has("messages", "choices") {
			c.any(m, role, depth+1)
			c.ended(endOf(v))
			return true
		}
	}
	if m := v.get("text"); m.kind() == text && v.has("finish_reason", "index") {
		c.known = true
		c.turn(role, value{})
		c.partsOf(m, depth)
		c.ended(endOf(v))
		return true
	}
	if m := v.get("content"); m.kind() == object && m.has("parts", "role") {
		c.message(m, roleOf(m.get("role"), role), depth)
		c.ended(endOf(v))
		return true
	}
	return false
}

// result reads an answer whose kinds of content stand side by side: {text, reasoning, toolCalls, object}.
func (c *Converter) result(v value, role string, depth int) bool {
	calls, made := v.get("toolCalls", "tool_calls"), v.get("object")
	structured := made.kind() == object || made.kind() == array
	if calls.kind() != array && calls.kind() != text && !structured || v.has("response", "message", "messages", "output") {
		return false
	}
	c.turn(role, value{})
	c.reasoning(v.get("reasoning", "reasoningText", "reasoning_content"), depth)
	if s := v.get("text"); holds(s) {
		c.partsOf(s, depth)
	} else if s := v.get("content"); holds(s) {
		c.partsOf(s, depth)
	}
	c.toolCalls(calls, depth)
	if structured && c.open.parts == 0 {
		c.jsonPart(made)
	}
	c.ended(endOf(v))
	return true
}

// endOf is why an answer ended, as its document says.
func endOf(v value) value {
	if end := v.get("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason"); end.kind() == text {
		return end
	}
	for _, name := range [...]string{"generation_info", "generationInfo", "response_metadata", "meta", "_meta"} {
		if end := v.get(name).get("finish_reason", "finishReason", "stop_reason", "stopReason"); end.kind() == text {
			return end
		}
	}
	return value{}
}

// requestOf is the object that holds the request's settings beside its messages.
func requestOf(v value) value {
	for range maxWrapping {
		if v.has("messages", "contents", "tools", "system", "instructions", "systemInstruction", "system_instruction") {
			return v
		}
		inner := v.get("request", "request_data", "body", "kwargs", "llm_request", "inputs")
		if inner.kind() != object {
			return v
		}
		v = inner
	}
	return v
}

func systemOf(request value) value {
	names := []string{"system", "instructions", "systemInstruction", "system_instruction", "preamble"}
	if v := request.get(names...); holds(v) {
		return v
	}
	return request.get("config", "generationConfig", "generation_config").get(names...)
}

func toolsOf(request value) value {
	names := []string{"tools", "functions"}
	if v := request.get(names...); holds(v) {
		return v
	}
	if v := request.get("toolConfig").get("tools"); holds(v) {
		return v
	}
	return request.get("config", "generationConfig", "generation_config").get(names...)
}
