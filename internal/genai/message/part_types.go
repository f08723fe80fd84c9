package message

// partWriter writes a part of a type.
type partWriter func(c *Converter, v value, depth int)

// typedParts lists the type names each kind of part goes by. Types of the convention itself stand here for their older and foreign
// shapes; a part that is canonical already never comes here.
func typedParts() []struct {
	write partWriter
	names []string
} {
	return []struct {
		write partWriter
		names []string
	}{
		{writeText, []string{"text", "input_text", "output_text", "text_delta", "TextPart", "user-prompt", "system-prompt"}},
		{writeReasoning, []string{"reasoning", "thinking", "reasoning_text", "summary_text", "reasoning-delta", "reasoning_content", "thought"}},
		{writeRefusal, []string{"refusal"}},
		{writeToolCall, []string{
			"tool_call", "tool-call", "tool_use", "function_call", "function", "toolCall", "tool-use", "custom_tool_call", "mcp_call",
			"tool_call_chunk", "tool_search_call", "toolUse", "custom",
		}},
		{writeToolResult, []string{
			"tool_call_response", "tool_result", "tool-result", "function_call_output", "tool_response", "custom_tool_call_output", "toolResult",
			"computer_call_output", "local_shell_call_output", "shell_call_output", "tool-return", "retry-prompt", "tool-error", "function_response",
		}},
		{writeServerToolCall, []string{
			"server_tool_use", "mcp_tool_use", "web_search_call", "file_search_call", "code_interpreter_call", "computer_call",
			"image_generation_call", "local_shell_call", "shell_call", "apply_patch_call", "builtin-tool-call",
		}},
		{writeServerToolResult, []string{
			"web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result", "bash_code_execution_tool_result",
			"text_editor_code_execution_tool_result", "mcp_tool_result", "tool_search_tool_result", "builtin-tool-return",
		}},
		{mediaWriter("image"), []string{"image", "image_url", "input_image", "image-url", "media_image"}},
		{mediaWriter("audio"), []string{"audio", "input_audio", "audio_url", "audio-url", "output_audio"}},
		{mediaWriter("video"), []string{"video", "video_url", "input_video", "video-url"}},
		{mediaWriter(""), []string{"file", "input_file", "document", "media", "blob", "uri", "document-url", "binary", "container_upload"}},
	}
}

// partTypes finds the writer of a type.
var partTypes map[string]partWriter

func init() { // not in the declaration: the writers come back to the table
	partTypes = map[string]partWriter{}
	for _, t := range typedParts() {
		for _, name := range t.names {
			partTypes[name] = t.write
		}
	}
}
