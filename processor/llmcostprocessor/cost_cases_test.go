package llmcostprocessor

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

type costCase struct {
	ID         string          `json:"id"`
	Timestamp  time.Time       `json:"timestamp"`
	Attributes map[string]any  `json:"otel_attributes"`
	Usage      json.RawMessage `json:"usage_raw"`

	// What the files of our own keep beside the attributes.
	Provider string         `json:"provider"`
	Request  string         `json:"request_model"`
	Response string         `json:"response_model"`
	Server   string         `json:"server_address"`
	Tier     string         `json:"service_tier"`
	Batch    bool           `json:"batch"`
	Extra    map[string]any `json:"extra"`

	Expected struct {
		Status string `json:"status"`
		Cost   string `json:"cost_usd"`
	} `json:"expected"`
}

func costCases(t *testing.T) []costCase {
	t.Helper()
	f, err := testkit.Captures().Open("cost-cases.jsonl")
	require.NoError(t, err)
	defer f.Close()
	return readCases(t, f)
}

func readCases(t *testing.T, f io.Reader) []costCase {
	t.Helper()
	var cases []costCase
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c costCase
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		cases = append(cases, c)
	}
	require.NoError(t, lines.Err())
	return cases
}

func (c *costCase) traces(t *testing.T, attributes map[string]any) ptrace.Traces {
	t.Helper()
	td := ptrace.NewTraces()
	ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	span := ss.Spans().AppendEmpty()
	a := span.Attributes()
	for key, v := range attributes {
		if key == "otel.scope.name" {
			ss.Scope().SetName(v.(string))
		} else if n, isNumber := v.(float64); isNumber && n == float64(int64(n)) {
			a.PutInt(key, int64(n))
		} else {
			require.NoError(t, a.PutEmpty(key).FromRaw(v))
		}
	}
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(c.Timestamp))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(c.Timestamp.Add(time.Second)))
	return td
}

// raw is the attributes of a client that hands on the provider's usage object and counts nothing itself. What a case says of no usage
// object stays.
func (c *costCase) raw() map[string]any {
	attributes := maps.Clone(c.Attributes)
	if string(c.Usage) == "{}" {
		return attributes
	}
	for key := range attributes {
		if strings.HasPrefix(key, "gen_ai.usage.") || strings.HasPrefix(key, "x.usage.") {
			delete(attributes, key)
		}
	}
	attributes["gen_ai.usage.raw"] = string(c.Usage)
	return attributes
}

func (c *costCase) right(a pcommon.Map) bool {
	cost, status := text(a, semconv.WatchLLMCostAmount), text(a, semconv.WatchLLMCostStatus)
	want := c.Expected.Cost
	if amount, err := pricing.ParseAmount(want); err == nil {
		want = amount.String() // one has more than the twelve decimals of an amount
	}
	switch c.Expected.Status {
	case "priced":
		return cost == want && (status == "exact" || strings.HasPrefix(status, "assumed:"))
	case "partial_unknown":
		return cost == want && status == "partial"
	case "skip_aggregate": // it may have its price, and is in no total
		role := text(a, semconv.WatchLLMUsageRole)
		return role == semconv.UsageRoleAggregate || role == semconv.UsageRoleNone
	default:
		return cost == want && status == c.Expected.Status
	}
}

// withBill are the cases whose bill stands in the provider's usage object alone: their client hands it on beside its own counts.
func (c *costCase) withBill() map[string]any {
	attributes := maps.Clone(c.Attributes)
	if c.Expected.Status == "provider_reported" && string(c.Usage) != "{}" {
		attributes["gen_ai.usage.raw"] = string(c.Usage)
	}
	return attributes
}

// The price cases, from attributes to cost attributes, with the built-in price book: as they are, and from the provider's own usage
// object.
func TestCostCases(t *testing.T) {
	p, _ := newTestProcessor(t, &Config{TrustBills: true})
	var err error
	p.pricer, err = pricing.Default()
	require.NoError(t, err)
	cases := costCases(t)
	require.Len(t, cases, 80)
	for _, way := range []struct {
		name       string
		attributes func(*costCase) map[string]any
	}{{"attributes", (*costCase).withBill}, {"usage object", (*costCase).raw}} {
		t.Run(way.name, func(t *testing.T) {
			for _, c := range cases {
				td := process(t, p, c.traces(t, way.attributes(&c)))
				a := allSpans(td)[0].Attributes()
				assert.True(t, c.right(a), "%s: %s %q, expected %s %q\n%s", c.ID, text(a, semconv.WatchLLMCostStatus),
					text(a, semconv.WatchLLMCostAmount), c.Expected.Status, c.Expected.Cost, testkit.Raw(a))
			}
		})
	}
}

// whole is everything a case says on one span: its attributes, the provider's usage object, and what stands beside them.
func (c *costCase) whole() map[string]any {
	attributes := map[string]any{}
	for key, v := range c.Extra {
		attributes["x."+key] = v
	}
	for key, v := range map[string]string{
		semconv.GenAIProviderName: c.Provider, semconv.GenAIRequestModel: c.Request, semconv.GenAIResponseModel: c.Response,
		semconv.ServerAddress: c.Server, semconv.OpenAIResponseServiceTier: c.Tier,
	} {
		if v != "" {
			attributes[key] = v
		}
	}
	if c.Batch {
		attributes[semconv.WatchLLMCallBatch] = true
	}
	if usage := string(c.Usage); usage != "" && usage != "null" && usage != "{}" {
		attributes["gen_ai.usage.raw"] = usage
	}
	maps.Copy(attributes, c.Attributes)
	return attributes
}

// The cases of our own, of what vendors' pages and bug reports say, each as one span that says all of it.
func TestCostCasesOfOurOwn(t *testing.T) {
	p, _ := newTestProcessor(t, &Config{TrustBills: true})
	var err error
	p.pricer, err = pricing.Default()
	require.NoError(t, err)
	files, err := filepath.Glob("../../internal/pricing/testdata/cases/*.jsonl")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	total := 0
	for _, file := range files {
		f, err := os.Open(file)
		require.NoError(t, err)
		for _, c := range readCases(t, f) {
			if c.Attributes["gen_ai.operation.name"] == "moderation" {
				continue // no usage that counts, and so no cost
			}
			total++
			a := allSpans(process(t, p, c.traces(t, c.whole())))[0].Attributes()
			assert.True(t, c.right(a), "%s: %s %q, expected %s %q\n%s", c.ID, text(a, semconv.WatchLLMCostStatus),
				text(a, semconv.WatchLLMCostAmount), c.Expected.Status, c.Expected.Cost, testkit.Raw(a))
		}
		require.NoError(t, f.Close())
	}
	t.Logf("%d cases", total)
}
