// Package message turns prompts, completions, tool definitions and tool calls of any shape into the one canonical message form, and
// cuts them to a size.
package message
