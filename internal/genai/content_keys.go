package genai

// contentFields are the canonical names of what was said.
var contentFields = [...]field{
	fieldInputMessages, fieldOutputMessages, fieldSystemInstructions, fieldToolDefinitions, fieldToolArguments, fieldToolResult,
}
