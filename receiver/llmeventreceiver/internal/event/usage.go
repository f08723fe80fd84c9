package event

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

const (
	flagString = semconv.UsageFlagsStringCount
	flagFloat  = semconv.UsageFlagsFloatCount
)

// Usage is what a call consumed. Absent counts are unknown, which is not zero.
type Usage struct {
	counts [numCounts]count
	// excludesCache is set when the sender said that its input count leaves cached tokens out.
	excludesCache bool
	flags         []string
}

type count struct {
	n     int64
	known bool
}

const (
	input = iota
	output
	cacheRead
	cacheWrite
	cacheWrite5m
	cacheWrite1h
	reasoning
	total
	numCounts
)

var countAttributes = [numCounts]string{
	input:        semconv.GenAIUsageInputTokens,
	output:       semconv.GenAIUsageOutputTokens,
	cacheRead:    semconv.GenAIUsageCacheReadInputTokens,
	cacheWrite:   semconv.GenAIUsageCacheWriteInputTokens,
	cacheWrite5m: semconv.WatchLLMUsageCacheWrite5mInputTokens,
	cacheWrite1h: semconv.WatchLLMUsageCacheWrite1hInputTokens,
	reasoning:    semconv.GenAIUsageReasoningOutputTokens,
	total:        semconv.GenAIUsageTotalTokens,
}

var usageTable = NewTable(nil, UsageRows()...)

// UsageRows are the fields of a usage object, for contracts that have them beside other fields.
func UsageRows() []Row {
	return []Row{
		F("input_tokens|prompt_tokens", tokens(input)),
		F("output_tokens|completion_tokens", tokens(output)),
		F("cache_read_input_tokens|cache_read_tokens|cached_input_tokens|cached_tokens", tokens(cacheRead)),
		F("cache_write_input_tokens|cache_write_tokens|cache_creation_input_tokens", tokens(cacheWrite)),
		F("cache_write_5m_input_tokens|ephemeral_5m_input_tokens", tokens(cacheWrite5m)),
		F("cache_write_1h_input_tokens|ephemeral_1h_input_tokens", tokens(cacheWrite1h)),
		F("reasoning_output_tokens|reasoning_tokens", tokens(reasoning)),
		F("total_tokens", tokens(total)),
		F("includes_cache", func(r *Reader, v jsontree.Value) {
			if v.Kind() != jsontree.Bool {
				r.Reject(CodeInvalidType, "must be true or false, is %s", show(v))
				return
			}
			r.usage().excludesCache = !v.Bool()
		}),
	}
}

// UsageTable are the fields of a usage object.
func UsageTable() Table { return usageTable }

// ReadUsage reads a usage object.
func ReadUsage(r *Reader, v jsontree.Value) { usageTable.Read(r, v, KeepUnder("usage")) }

func (r *Reader) usage() *Usage {
	if r.Record.Usage == nil {
		r.Record.Usage = &Usage{}
	}
	return r.Record.Usage
}

func tokens(which int) Field {
	return func(r *Reader, v jsontree.Value) {
		n, flag, ok := wholeNumber(v)
		if !ok || n < 0 || n > maxTokens {
			r.Reject(CodeInvalidTokens, "must be a whole number from 0 to 2^53, is %s; leave it out if it is not known", show(v))
			return
		}
		u := r.usage()
		u.counts[which] = count{n, true}
		if flag != "" {
			u.flag(flag)
		}
	}
}

func (u *Usage) flag(name string) {
	for _, f := range u.flags {
		if f == name {
			return
		}
	}
	u.flags = append(u.flags, name)
}

// write puts the usage on a span. Input is made to include the cache counts, which is what gen_ai.usage.input_tokens means.
func (u *Usage) write(attrs pcommon.Map) {
	counts := u.counts
	if u.excludesCache && counts[input].known {
		counts[input].n += counts[cacheRead].n + counts[cacheWrite].n
		attrs.PutStr(semconv.WatchLLMUsageBasis, semconv.UsageBasisExcludesCacheCorrected)
	} else if u.excludesCache {
		attrs.PutBool(nativePrefix+"usage.includes_cache", false)
	} else if counts[input].known && (counts[cacheRead].known || counts[cacheWrite].known) {
		attrs.PutStr(semconv.WatchLLMUsageBasis, semconv.UsageBasisIncludesCache)
	}
	if t := counts[total]; t.known && counts[input].known && counts[output].known && t.n != counts[input].n+counts[output].n &&
		t.n != u.counts[input].n+u.counts[output].n {
		u.flag(semconv.UsageFlagsTotalMismatch)
	}
	for i, c := range counts {
		if !c.known {
			continue
		}
		if i == total && u.excludesCache {
			// A total that leaves cached tokens out would contradict the corrected input.
			attrs.PutInt(nativePrefix+"usage.total_tokens", c.n)
			continue
		}
		attrs.PutInt(countAttributes[i], c.n)
	}
	if len(u.flags) > 0 {
		list := attrs.PutEmptySlice(semconv.WatchLLMUsageFlags)
		for _, f := range u.flags {
			list.AppendEmpty().SetStr(f)
		}
	}
}
