package estimate

import "math"

// Reason says why there is no estimate. The values are those of the metric's label.
type Reason string

// Reasons.
const (
	NoMessages    Reason = "no_messages"     // the client recorded no input or no output
	Unreadable    Reason = "unreadable"      // not in canonical form
	Cut           Reason = "content_cut"     // part of it was left out or cut off before it came here
	Media         Reason = "media"           // images, sound and files, whose tokens the text does not tell
	ServerTools   Reason = "server_tools"    // tools of the provider, that add to the prompt what no span shows
	ServerHistory Reason = "server_history"  // the provider keeps the conversation, and the span shows the end of it
	UnknownPart   Reason = "unknown_part"    // parts of a kind that is not known
	TooLong       Reason = "too_long"        // more than is read of one call
	NotAChat      Reason = "not_a_chat"      // not a call that answers in words
	UnknownModel  Reason = "unknown_model"   // the price book does not know the model
	NoPrice       Reason = "no_token_prices" // the book's price of the model is not one of tokens
)

// Counts is how many tokens there may have been: at least Low, probably about Mid, at most High. Open is set where nothing can say how
// many more there were, as with reasoning that is not shown; High is meaningless then.
type Counts struct {
	Low, Mid, High int64
	Open           bool
}

// Tokens is the estimate of a call.
type Tokens struct {
	Input, Output Counts
	// Method is a tokenizer's encoding, or bytes_per_token, with the model family.
	Method string
}

// longTexts is how many times the bytes for a tokenizer are read at most: measuring a text is that much faster.
const longTexts = 16

// Of estimates a call of the model, by the name that the span gives it. A tokenizer reads at most maxBytes of content; up to 16 times as
// much is measured by what it is made of, and more than that is not read at all. When there is no estimate, the reason says why.
func Of(model string, c *Content, maxBytes int) (Tokens, Reason) {
	if c.Bytes() > longTexts*maxBytes {
		return Tokens{}, TooLong
	}
	in, out, reason := c.read()
	if reason != "" {
		return Tokens{}, reason
	}
	f := familyOf(model)
	count, method := f.counter(model, c.Bytes() <= maxBytes)
	input, output := count(&in), count(&out)
	t := Tokens{Method: method, Input: f.input(&input), Output: f.output(&output)}
	// Tools that were called were defined, and definitions that the client left out are still paid for.
	t.Input.Open = in.definitions == 0 && in.calls+out.calls > 0
	t.Output.Open = reasons(model) || len(out.thoughts) > 0
	return t, ""
}

// amounts is how long a side is: in tokens where a tokenizer counted it, else in those of the baseline, with how far off they may be.
type amounts struct {
	said, thoughts, tools span

	messages, calls, results, definitions float64
}

// span is a number between two bounds.
type span struct{ low, mid, high float64 }

func (s span) plus(o span) span { return span{s.low + o.low, s.mid + o.mid, s.high + o.high} }

func (s span) times(o span) span { return span{s.low * o.low, s.mid * o.mid, s.high * o.high} }

func (s span) by(n float64) span { return span{s.low * n, s.mid * n, s.high * n} }

func (s span) counts() Counts {
	return Counts{Low: int64(math.Floor(s.low)), Mid: int64(math.Round(s.mid)), High: int64(math.Ceil(s.high))}
}

func exactly(n float64) span { return span{n, n, n} }
