package llmeventreceiver

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
)

// What was said in the recordings; no name of a model, a tool or a client has these words.
var recordedWords = regexp.MustCompile(`Paris|sunny|Be brief|Weather for|Weather in|Rate limit`)

// What vendors' clients sent of the question and the answer stands in the canonical messages of their spans, and nothing of it is
// left once content is dropped.
func TestContentOfRecordedVendors(t *testing.T) {
	quoted := map[string]bool{}
	for _, c := range recordedCases(t) {
		f := start(t, options{edit: withVendors, noLogs: true, auth: true})
		for _, p := range c.whole(t) {
			f.send(t, p)
		}
		name := c.Dir + "/" + c.Scenario
		for _, td := range f.traces.AllTraces() {
			for _, rs := range td.ResourceSpans().All() {
				for _, ss := range rs.ScopeSpans().All() {
					scope := genai.NewScope(ss.Scope().Name(), ss.Scope().Version())
					for _, span := range ss.Spans().All() {
						said := attributesText(span.Attributes())
						var r genai.Reader
						var call genai.Call
						if !r.Read(span, &scope, &call) {
							continue
						}
						r.Write(span, &call, false)
						if call.Role == semconv.RoleLLM && strings.Contains(said, "Weather in Paris?") {
							v, _ := span.Attributes().Get(semconv.GenAIInputMessages)
							assert.Contains(t, v.AsString(), `{"type":"text","content":"Weather in Paris?"}`, "%s: %s", name, span.Name())
							quoted[c.Dir] = true
						}
						if call.Role == semconv.RoleLLM && strings.Contains(said, "It is sunny in Paris.") {
							v, _ := span.Attributes().Get(semconv.GenAIOutputMessages)
							assert.Contains(t, v.AsString(), `{"type":"text","content":"It is sunny in Paris."}`, "%s: %s", name, span.Name())
						}
						genai.WriteVerdict(span.Attributes(), &call)
						var limiter genai.ContentLimiter
						limiter.Apply(span, &scope, genai.ContentPolicy{Mode: genai.DropContent})
					}
				}
			}
			raw, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
			require.NoError(t, err)
			if at := recordedWords.FindIndex(raw); at != nil {
				t.Errorf("%s: still says %q", name, raw[max(at[0]-100, 0):at[1]])
			}
		}
	}
	assert.Len(t, quoted, len(recordedVendors), "vendors whose question was found: %v", quoted)
}

func attributesText(attrs pcommon.Map) string {
	var b strings.Builder
	for _, v := range attrs.All() {
		b.WriteString(v.AsString() + "\n")
	}
	return b.String()
}
