package llmlogsconnector

import "slices"

// finding is what a record turned out to be.
type finding struct {
	ignored string // reason; empty when a span is made
	source  string
	kind    string
	// operation begins the span's name.
	operation string
}

// Kinds of spans and reasons for none, as the metrics show them.
const (
	kindCall       = "call"
	kindFailedCall = "failed_call"
	kindTool       = "tool"

	ignoreAnnotation = "annotation" // says something about a call that is told elsewhere
	ignoreContent    = "content"    // messages of a call, without its end
	ignoreDisabled   = "disabled"   // left out by configuration
	ignoreMessage    = "message"    // one message of a call
	ignoreOther      = "other"      // no event of an LLM call
	ignoreProgress   = "progress"   // something on a call's way
	ignoreRepeated   = "repeated"   // another event of the client says the same and more
)

// judge is how one kind of event is read.
type judge func(e *event) finding

// source is the events of one client, or of one convention.
type source struct {
	name   string
	events map[string]judge
}

// sources is every kind of event that may be a call. A new client is one file and one line here.
var sources = []source{
	claudeCode,
	codex,
	geminiCLI,
	operationDetails,
}

// known is an event by its name; that of a source may also be known to be no call.
type known struct {
	source string
	judge  judge
}

var events = map[string]known{}

func init() {
	for _, s := range sources {
		for name, j := range s.events {
			events[name] = known{s.name, j}
		}
	}
}

func sourceNames() []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.name
	}
	return names
}

func (c *logsConnector) judge(e *event) finding {
	k, ok := events[e.name]
	if !ok {
		return finding{ignored: ignoreOther}
	}
	f := k.judge(e)
	f.source = k.source
	if f.ignored == "" && (!slices.Contains(c.cfg.Sources, f.source) || f.kind == kindTool && !c.cfg.ToolCalls) {
		f.ignored = ignoreDisabled
	}
	return f
}

func call(operation string) finding { return finding{kind: kindCall, operation: operation} }

func failedCall(operation string) finding { return finding{kind: kindFailedCall, operation: operation} }

func ignore(reason string) judge { return func(*event) finding { return finding{ignored: reason} } }

func always(f finding) judge { return func(*event) finding { return f } }

var toolCall = always(finding{kind: kindTool, operation: "execute_tool"})
