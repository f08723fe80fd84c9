package message

// isCanonicalMessages reports whether a list is messages in canonical form, so that it can stay as it is.
func isCanonicalMessages(v value) bool { return allOf(v, isCanonicalMessage) }

func isCanonicalSystem(v value) bool {
	return allOf(v, func(e value) bool { return e.get("type").is("text", "generic") && isCanonicalPart(e) })
}

func isCanonicalTools(v value) bool {
	return allOf(v, func(e value) bool {
		kind, name := e.get("type"), e.get("name")
		return kind.kind() == text && (name.kind() == text || !kind.is("function")) &&
			!e.has("function", "inputSchema", "input_schema", "functionDeclarations", "function_declarations")
	})
}

func allOf(v value, canonical func(value) bool) bool {
	if v.kind() != array || v.first().kind() == missing {
		return false
	}
	all := true
	v.each(func(_ string, e value) bool {
		all = e.kind() == object && canonical(e)
		return all
	})
	return all
}

func isCanonicalMessage(v value) bool {
	role, parts := v.get("role"), v.get("parts")
	if role.kind() != text || parts.kind() != array || v.has("tool_calls", "content", "tool_call_id", "function_call") {
		return false
	}
	if _, foreignName := roles[role.node().text]; foreignName {
		return false
	}
	all := true
	parts.each(func(_ string, e value) bool {
		all = isCanonicalPart(e)
		return all
	})
	return all
}

// isCanonicalPart knows the convention's parts. A part may lack its content: instrumentations leave it out when they are told not to
// record any.
func isCanonicalPart(v value) bool {
	kind := v.get("type")
	if kind.kind() != text || kind.isTorn() {
		return false
	}
	switch kind.node().text {
	case "text", "reasoning":
		content := v.get("content")
		return content.kind() == text || content.kind() == missing &&
			!v.has("text", "thinking", "reasoning", "summary", "value", "data", "encrypted_content", "signature")
	case "tool_call":
		return v.has("name") && !v.has("function", "args", "input", "toolCallId", "tool_call")
	case "tool_call_response":
		return !v.has("result", "output", "content", "toolCallId", "tool_call_id")
	case "server_tool_call":
		return v.has("server_tool_call")
	case "server_tool_call_response":
		return v.has("server_tool_call_response")
	case "blob":
		return v.has("content") && !v.has("data", "source")
	case "file":
		return v.has("file_id")
	case "uri":
		return v.has("uri")
	case "compaction":
		return true
	case "generic":
		return v.has("generic_type")
	default:
		return false
	}
}
