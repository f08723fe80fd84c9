package recent

import (
	"encoding/binary"

	"github.com/watchllm/watchllm/internal/genai"
)

// texts are those of a span that few others share, in one piece: of each its length and its bytes, the answer's id first.
type texts string

const manyTexts = 7

func textsOf(f *genai.Fact) [manyTexts]string {
	h := &f.Handed
	return [manyTexts]string{f.ResponseID, h.ConversationID, h.UserID, h.AgentName, h.WorkflowName, h.PromptName, h.PromptVersion}
}

// pack leaves out what is longer than a text may be, and gives nothing where there is none.
func pack(f *genai.Fact, scratch []byte) (texts, []byte) {
	out := scratch[:0]
	used := 0
	for _, text := range textsOf(f) {
		text = short(text)
		out = binary.AppendUvarint(out, uint64(len(text)))
		out = append(out, text...)
		if text != "" {
			used = len(out)
		}
	}
	return texts(out[:used]), out
}

// next cuts off the first text.
func (t texts) next() (text string, rest texts) {
	if t == "" {
		return "", ""
	}
	n, size := int(t[0]&0x7F), 1
	if t[0] >= 0x80 { // lengths up to MaxText take two bytes at most
		n, size = n|int(t[1])<<7, 2
	}
	return string(t[size : size+n]), t[size+n:]
}

func (t texts) response() string {
	text, _ := t.next()
	return text
}

func (t texts) unpack(f *genai.Fact) {
	h := &f.Handed
	for _, to := range [manyTexts]*string{&f.ResponseID, &h.ConversationID, &h.UserID, &h.AgentName, &h.WorkflowName, &h.PromptName, &h.PromptVersion} {
		*to, t = t.next()
	}
}
