package main

import (
	"encoding/json"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/pricing/casefile"
	"github.com/watchllm/watchllm/internal/semconv"
)

// evalCase prices a case. Everything but the counts is read from the case as a span, whatever the counts are taken from: so names,
// hosts and tiers mean here what they mean in a pipeline.
func evalCase(c *casefile.Case, from casefile.Source, b *pricing.Book) casefile.Outcome {
	read := readCase(c)
	if sumsOthers(read.Role) {
		return casefile.Outcome{ID: c.ID, Status: casefile.StatusSkipAggregate}
	}
	call := costing.Of(&read, "", c.Timestamp.Time)
	call.Sum = false
	if c.Best(from) != casefile.FromAttributes {
		call.LowerBound = false // says something about the attributes' counts only
	}
	unread := c.Usage(from, &call.Call)
	c.Conditions(&call.Call)
	if from == casefile.Auto || from == casefile.FromUsage {
		c.Bill(&call.Call)
	}
	exact := unrounded{Book: b}
	r := call.Price(&exact)
	out := casefile.OutcomeOf(c.ID, &r)
	if exact.text != "" && r.Amount.Known && r.Status != pricing.StatusProviderReported {
		*out.Cost = casefile.Figure(exact.text)
	}
	if unread != "" {
		// A count nobody here knows may have a price of its own: what is known is a part.
		if out.Status == casefile.StatusPriced {
			out.Status = casefile.StatusPartialUnknown
		}
		out.Assumed = strings.TrimPrefix(out.Assumed+"+not_read:"+unread, "+")
	}
	return out
}

// unrounded keeps the sum that a price was rounded from: the cases want the exact figure, an amount ends after twelve decimals.
type unrounded struct {
	*pricing.Book
	text string
}

func (u *unrounded) Price(c *pricing.Call) pricing.Result {
	u.text = u.Unrounded(c)
	return u.Book.Price(c)
}

// sumsOthers tells operations that repeat what calls below them used, or call no model: they have no cost of their own.
func sumsOthers(role string) bool {
	switch role {
	case semconv.RoleAgent, semconv.RoleWorkflow, semconv.RoleStep, semconv.RoleTool:
		return true
	default:
		return false
	}
}

// readCase reads the case's span as the processor does. Where its attributes do not say who was called for what, the case's own fields
// are put beside them.
func readCase(c *casefile.Case) genai.Call {
	call := readSpan(c, nil)
	missing := map[string]string{}
	for _, f := range []struct{ have, key, value string }{
		{call.Provider, semconv.GenAIProviderName, c.Provider},
		{call.RequestModel, semconv.GenAIRequestModel, c.RequestModel},
		{call.ResponseModel, semconv.GenAIResponseModel, c.ResponseModel},
		{call.Operation, semconv.GenAIOperationName, c.Operation},
		{call.ServerAddress, semconv.ServerAddress, c.ServerAddress},
	} {
		if f.have == "" && f.value != "" {
			missing[f.key] = f.value
		}
	}
	if len(missing) == 0 {
		return call
	}
	return readSpan(c, missing)
}

// scopeKeys are attributes that say something of the scope, not of the span.
const (
	scopeNameKey    = "otel.scope.name"
	scopeVersionKey = "otel.scope.version"
)

func readSpan(c *casefile.Case, more map[string]string) genai.Call {
	span := ptrace.NewSpan()
	attrs := span.Attributes()
	for key, v := range c.Attributes {
		if key != scopeNameKey && key != scopeVersionKey {
			putAttribute(attrs, key, v)
		}
	}
	for key, v := range more {
		attrs.PutStr(key, v)
	}
	name, _ := c.Attributes[scopeNameKey].(string)
	version, _ := c.Attributes[scopeVersionKey].(string)
	scope := genai.NewScope(name, version)
	var reader genai.Reader
	var call genai.Call
	reader.Read(span, &scope, &call)
	return call
}

func putAttribute(attrs pcommon.Map, key string, v any) {
	if n, err := plain(v); err == nil {
		_ = attrs.PutEmpty(key).FromRaw(n)
	}
}

// plain turns json.Number, at any depth, into the integer or double that a client would have sent.
func plain(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		return v.Float64()
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var err error
			if list[i], err = plain(v[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		m := make(map[string]any, len(v))
		for k := range v {
			var err error
			if m[k], err = plain(v[k]); err != nil {
				return nil, err
			}
		}
		return m, nil
	default:
		return v, nil
	}
}
