package llmlogsconnector

const claudeCodePrefix = "claude_code."

// claudeCode tells of every request it makes, answered or not, and of every tool it ran.
var claudeCode = source{
	name: "claude_code",
	events: map[string]judge{
		claudeCodePrefix + "api_request": always(call("chat")),
		claudeCodePrefix + "api_error":   always(failedCall("chat")),
		claudeCodePrefix + "tool_result": toolCall,

		claudeCodePrefix + "api_request_body":   ignore(ignoreContent),
		claudeCodePrefix + "api_response_body":  ignore(ignoreContent),
		claudeCodePrefix + "user_prompt":        ignore(ignoreMessage),
		claudeCodePrefix + "assistant_response": ignore(ignoreMessage),
	},
}
