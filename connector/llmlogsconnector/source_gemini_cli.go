package llmlogsconnector

// geminiCLI and its forks tell of a call twice: in events of their own, with all counts, and as operation details with some.
var geminiCLI = source{
	name: "gemini_cli",
	events: map[string]judge{
		"gemini_cli.api_response": always(call("generate_content")),
		"gemini_cli.api_error":    always(failedCall("generate_content")),
		"gemini_cli.tool_call":    toolCall,
		"gemini_cli.api_request":  ignore(ignoreProgress),
		"gemini_cli.user_prompt":  ignore(ignoreMessage),

		"qwen-code.api_response": always(call("generate_content")),
		"qwen-code.api_error":    always(failedCall("generate_content")),
		"qwen-code.tool_call":    toolCall,
		"qwen-code.api_request":  ignore(ignoreProgress),
		"qwen-code.user_prompt":  ignore(ignoreMessage),
	},
}

// fromGeminiCLI recognises operation details that an event of geminiCLI repeats.
func fromGeminiCLI(e *event) bool {
	for _, name := range [...]string{"gemini-cli", "qwen-code"} {
		if e.scope == name || e.service == name {
			return true
		}
	}
	return false
}
