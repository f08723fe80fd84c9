package estimate

import (
	"encoding/json"
	"strings"

	"github.com/watchllm/watchllm/internal/genai/message"
)

// Content is what was said in a call, as the canonical attributes hold it: JSON in canonical message form. Empty is absent.
type Content struct {
	Input, Output, System, Tools string
}

// Bytes is how long it is in all.
func (c *Content) Bytes() int { return len(c.Input) + len(c.Output) + len(c.System) + len(c.Tools) }

// side is what one side said: the client or the model.
type side struct {
	said     []string
	thoughts []string // reasoning that can be read
	tools    []string // definitions

	messages, calls, results, definitions int
}

type chatMessage struct {
	Parts []part `json:"parts"`
}

type part struct {
	Type        string          `json:"type"`
	Content     json.RawMessage `json:"content"`
	Name        string          `json:"name"`
	Arguments   json.RawMessage `json:"arguments"`
	Response    json.RawMessage `json:"response"`
	GenericType string          `json:"generic_type"`
}

// read takes the content apart. A reason says what in it cannot be estimated.
func (c *Content) read() (in, out side, reason Reason) {
	if c.Input == "" || c.Output == "" {
		return in, out, NoMessages
	}
	for _, text := range [...]string{c.Input, c.Output, c.System, c.Tools} {
		if strings.Contains(text, message.Marker) {
			return in, out, Cut
		}
	}
	if reason = in.messagesOf(c.Input); reason == "" {
		reason = out.messagesOf(c.Output)
	}
	if reason == "" && len(out.said)+len(out.thoughts) == 0 {
		reason = Cut // an answer of nothing at all is one that was not recorded
	}
	if reason == "" && c.System != "" {
		var parts []part
		if json.Unmarshal([]byte(c.System), &parts) != nil {
			return in, out, Unreadable
		}
		in.messages++
		reason = in.partsOf(parts)
	}
	if reason == "" && c.Tools != "" {
		reason = in.toolsOf(c.Tools)
	}
	return in, out, reason
}

func (s *side) messagesOf(text string) Reason {
	var list []chatMessage
	if json.Unmarshal([]byte(text), &list) != nil || len(list) == 0 {
		return Unreadable
	}
	for i := range list {
		s.messages++
		if reason := s.partsOf(list[i].Parts); reason != "" {
			return reason
		}
	}
	return ""
}

func (s *side) partsOf(parts []part) Reason {
	for i := range parts {
		p := &parts[i]
		switch p.Type {
		case "text":
			if p.Content == nil { // instrumentations leave it out when they are told to record none
				return Cut
			}
			s.said = append(s.said, plain(p.Content))
		case "reasoning":
			s.thoughts = append(s.thoughts, plain(p.Content))
		case "tool_call":
			if p.Arguments == nil {
				return Cut
			}
			s.calls++
			s.said = append(s.said, p.Name, plain(p.Arguments))
		case "tool_call_response":
			if p.Response == nil {
				return Cut
			}
			s.results++
			s.said = append(s.said, plain(p.Response))
		case "blob", "file", "uri":
			return Media
		case "server_tool_call", "server_tool_call_response":
			return ServerTools
		case "generic":
			switch p.GenericType {
			case "refusal":
				s.said = append(s.said, plain(p.Content))
			case "truncated":
				return Cut
			default:
				return UnknownPart
			}
		default:
			return UnknownPart
		}
	}
	return ""
}

func (s *side) toolsOf(text string) Reason {
	var list []json.RawMessage
	if json.Unmarshal([]byte(text), &list) != nil {
		return Unreadable
	}
	for _, raw := range list {
		var tool struct {
			Type        string          `json:"type"`
			Description string          `json:"description"`
			Parameters  json.RawMessage `json:"parameters"`
		}
		switch {
		case json.Unmarshal(raw, &tool) != nil:
			return Unreadable
		case tool.Type != "function" && tool.Type != "custom":
			return ServerTools // the provider adds instructions of its own, and what its tools find
		case tool.Description == "" && tool.Parameters == nil:
			return Cut // no more than its name
		}
		s.definitions++
		s.tools = append(s.tools, string(raw))
	}
	return ""
}

// plain is the text of a JSON string, and any other JSON as it stands.
func plain(raw json.RawMessage) string {
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return text
		}
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}
