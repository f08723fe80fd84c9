package replay

import (
	"encoding/json"
	"strings"
)

// message is a chat message in the form of the GenAI conventions.
type message struct {
	Role   string `json:"role"`
	Parts  []part `json:"parts"`
	Finish string `json:"finish_reason,omitempty"`
}

type part struct {
	Type      string          `json:"type"`
	Content   string          `json:"content,omitempty"`
	ID        string          `json:"id,omitempty"`
	Name      string          `json:"name,omitempty"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
	Response  json.RawMessage `json:"response,omitempty"`
}

func textMessage(role, content string) message {
	return message{Role: role, Parts: []part{{Type: "text", Content: content}}}
}

// text is what the message says, with tool calls and results as JSON, for the older names that know strings only.
func (m message) text() string {
	var b strings.Builder
	for _, p := range m.Parts {
		b.WriteString(p.Content)
		b.Write(p.Arguments)
		b.Write(p.Response)
	}
	return b.String()
}

func (m message) tokens() int64 { return tokens(m.text()) + perMessage }

// messagesJSON is empty for no messages: an absent attribute, not an empty list.
func messagesJSON(messages []message) string {
	if len(messages) == 0 {
		return ""
	}
	raw, _ := json.Marshal(messages)
	return string(raw)
}

func systemJSON(text string) string {
	if text == "" {
		return ""
	}
	raw, _ := json.Marshal([]part{{Type: "text", Content: text}})
	return string(raw)
}

// asJSON keeps what is JSON already and quotes what is not.
func asJSON(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	raw, _ := json.Marshal(text)
	return raw
}
