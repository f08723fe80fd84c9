package genai

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Write puts the facts of the span that was read last under their canonical names. Names that are canonical already and hold the
// right value are left alone; a canonical name that holds something that cannot be a value of its kind is removed, so that unknown is
// absent. Other names stay, unless dropOriginals asks to remove those whose fact now has its canonical name.
func (r *Reader) Write(span ptrace.Span, c *Call, dropOriginals bool) {
	w := writer{attrs: span.Attributes(), facts: &r.facts}
	w.text(fieldOperation, c.Operation)
	w.price(c)
	w.text(fieldResponseID, c.ResponseID)
	w.text(fieldConversationID, c.ConversationID)
	w.text(fieldUserID, c.UserID)
	w.text(fieldAgentName, c.AgentName)
	w.text(fieldWorkflowName, c.WorkflowName)
	w.text(fieldToolName, c.ToolName)
	w.text(fieldPromptName, c.PromptName)
	w.text(fieldPromptVersion, c.PromptVersion)
	w.text(fieldErrorType, c.ErrorType)
	w.text(fieldFinishReasonRaw, c.FinishReasonRaw)

	u := &c.Usage
	for i := range counts {
		if t := &counts[i]; t.id != fieldTotal {
			w.count(t.id, *t.of(u))
		}
	}
	w.text(fieldUsageBasis, u.Basis)
	w.flags(u.Flags)

	w.stream(c)
	w.ttft(c)
	w.finishReasons(c.FinishReasons)
	for id, s := range carriedShapes {
		if s != shapeNone {
			w.carry(field(id), s) //nolint:gosec // an index of a table of fields
		}
	}
	w.content(&r.messages, span, r.dialect, c)
	w.text(fieldDialect, c.Dialect)
	w.text(fieldDialectVersion, c.DialectVersion)

	w.written[fieldSeconds] = u.Milliseconds.Known
	w.written[fieldKind] = true
	w.written[fieldModel] = c.RequestModel != ""
	w.written[fieldUncached] = u.Input.Known
	w.written[fieldTTFTMillis] = c.TTFTKnown
	w.written[fieldReportedCost] = c.Reported.Known
	w.cleanUp(r.dialect, dropOriginals)
}

// WriteVerdict puts down what was decided about the span: its role, whether its usage counts, and where its counts come from. It
// may be called again after the decision changed.
func WriteVerdict(attrs pcommon.Map, c *Call) {
	attrs.PutStr(semconv.WatchLLMRole, c.Role)
	attrs.PutStr(semconv.WatchLLMUsageRole, c.UsageRole)
	if c.Dialect == "" {
		return
	}
	if c.UsageRoleReason != "" {
		attrs.PutStr(semconv.WatchLLMUsageRoleReason, c.UsageRoleReason)
	}
	if !c.CountedBy.IsEmpty() {
		attrs.PutStr(semconv.WatchLLMUsageCountedBy, c.CountedIn.String()+":"+c.CountedBy.String())
	}
	if c.Usage.Flags&FlagUsageFromAggregate != 0 {
		putFlags(attrs, c.Usage.Flags)
	}
	if c.Outcome != "" {
		attrs.PutStr(semconv.WatchLLMOutcome, c.Outcome)
	}
	if c.Usage.Source != "" {
		attrs.PutStr(semconv.WatchLLMUsageSource, c.Usage.Source)
	}
	if c.Usage.MissingReason != "" {
		attrs.PutStr(semconv.WatchLLMUsageMissingReason, c.Usage.MissingReason)
	}
}

type writer struct {
	attrs   pcommon.Map
	facts   *facts
	written [numFields]bool // has its canonical name, with the right value
	unfit   bool            // some canonical name holds what cannot be its value
	remove  [numFields]bool
}

func (w *writer) text(id field, value string) {
	if value == "" {
		return
	}
	w.written[id] = true
	if f := w.facts; f.winner[id] && f.rank[id] != 0 && f.vals[id].Type() == pcommon.ValueTypeStr && f.vals[id].Str() == value {
		return
	}
	w.attrs.PutStr(canonicalKeys[id], value)
}

// price writes the names and conditions that decide the price: what the span says under their names afterwards is what the call was
// priced by, so that a stored row can be priced again.
func (w *writer) price(c *Call) {
	for _, t := range [...]struct {
		id    field
		value string
	}{
		{fieldProvider, c.Provider}, // a framework or a service under that name is refused
		{fieldRequestModel, c.RequestModel},
		{fieldResponseModel, c.ResponseModel},
		{fieldServerAddress, c.ServerAddress},
		{fieldRequestTier, c.AskedTier},
		{fieldResponseTier, c.ServiceTier},
		{fieldSpeed, c.Speed},
		{fieldRegion, c.Region},
		{fieldSearchContext, c.SearchContext},
		{fieldImageSize, c.ImageSize},
		{fieldImageQuality, c.ImageQuality},
	} {
		if t.value == "" {
			w.refuse(t.id)
		}
		w.text(t.id, t.value)
	}
	w.reported(&c.Reported)
	w.flag(fieldBatch, c.Batch)
	w.flag(fieldThinking, c.Thinking)
}

// reported keeps a reported cost under its name if it is in dollars, which the name means, and else beside its currency.
func (w *writer) reported(cost *Reported) {
	dollars := cost.Currency == "" || cost.Currency == "USD"
	if cost.Known && dollars {
		return
	}
	w.refuse(fieldReportedCost)
	if !cost.Known {
		return
	}
	amount := cost.Text
	if amount == "" {
		amount = strconv.FormatFloat(cost.Float, 'f', -1, 64)
	}
	w.attrs.PutStr(semconv.WatchLLMNativeCostAmount, amount)
	w.attrs.PutStr(semconv.WatchLLMNativeCostCurrency, cost.Currency)
}

// flag writes what is so; what is not so is absent.
func (w *writer) flag(id field, set bool) {
	if !set {
		w.refuse(id)
		return
	}
	w.written[id] = true
	w.attrs.PutBool(canonicalKeys[id], true)
}

func (w *writer) count(id field, n Count) {
	if !n.Known {
		w.refuse(id)
		return
	}
	w.written[id] = true
	if f := w.facts; f.winner[id] && f.rank[id] != 0 && f.vals[id].Type() == pcommon.ValueTypeInt && f.vals[id].Int() == n.N {
		return
	}
	w.attrs.PutInt(canonicalKeys[id], n.N)
}

// refuse marks a canonical name that is there although its value is unknown.
func (w *writer) refuse(id field) {
	if w.facts.present[id] {
		w.remove[id], w.unfit = true, true
	}
}

func (w *writer) flags(flags Flags) {
	if flags == 0 {
		w.refuse(fieldUsageFlags)
		return
	}
	putFlags(w.attrs, flags)
}

func putFlags(attrs pcommon.Map, flags Flags) {
	list := attrs.PutEmptySlice(semconv.WatchLLMUsageFlags)
	for name := range flags.Each {
		list.AppendEmpty().SetStr(name)
	}
}

func (w *writer) stream(c *Call) {
	if !c.StreamKnown {
		return
	}
	w.written[fieldStream] = true
	if f := w.facts; f.winner[fieldStream] && f.vals[fieldStream].Type() == pcommon.ValueTypeBool {
		return
	}
	w.attrs.PutBool(semconv.GenAIRequestStream, c.Stream)
}

func (w *writer) ttft(c *Call) {
	if !c.TTFTKnown {
		w.refuse(fieldTTFT)
		return
	}
	w.written[fieldTTFT] = true
	if f := w.facts; f.winner[fieldTTFT] && f.rank[fieldTTFT] != 0 && f.vals[fieldTTFT].Type() == pcommon.ValueTypeDouble {
		return
	}
	w.attrs.PutDouble(semconv.GenAIResponseTimeToFirstChunk, c.TTFT)
}

func (w *writer) finishReasons(reasons []string) {
	if len(reasons) == 0 {
		w.refuse(fieldFinishReasons)
		return
	}
	w.written[fieldFinishReasons] = true
	if f := w.facts; f.winner[fieldFinishReasons] && equalTexts(f.vals[fieldFinishReasons], reasons) {
		return
	}
	list := w.attrs.PutEmptySlice(semconv.GenAIResponseFinishReasons)
	list.EnsureCapacity(len(reasons))
	for _, reason := range reasons {
		list.AppendEmpty().SetStr(reason)
	}
}

func equalTexts(v pcommon.Value, texts []string) bool {
	if v.Type() != pcommon.ValueTypeSlice || v.Slice().Len() != len(texts) {
		return false
	}
	for i, text := range texts {
		if e := v.Slice().At(i); e.Type() != pcommon.ValueTypeStr || e.Str() != text {
			return false
		}
	}
	return true
}

// carry moves a fact no rule looks into to its canonical name and, for numbers, type.
func (w *writer) carry(id field, s shape) {
	f := w.facts
	if f.rank[id] == 0 {
		return
	}
	v := f.vals[id]
	w.written[id] = true
	switch s {
	case shapeDouble:
		if f.winner[id] && v.Type() == pcommon.ValueTypeDouble {
			return
		}
		if n, ok := toNumber(v); ok {
			w.attrs.PutDouble(canonicalKeys[id], n)
			return
		}
	case shapeInt:
		if f.winner[id] && v.Type() == pcommon.ValueTypeInt {
			return
		}
		if n, flags := readCount(v); flags&(FlagUnreadableCount|FlagNegativeCount) == 0 && n.Known {
			w.attrs.PutInt(canonicalKeys[id], n.N)
			return
		}
	case shapeString:
		if text := f.str(id); text != "" && !f.winner[id] {
			w.attrs.PutStr(canonicalKeys[id], text)
			return
		}
	case shapeAny:
		if !f.winner[id] {
			// The old value stays readable even when the map grows here: it is not moved in its old place.
			v.CopyTo(w.attrs.PutEmpty(canonicalKeys[id]))
			return
		}
	}
	w.written[id] = f.winner[id]
}

// cleanUp removes, last of all because removing moves values, what has no place under a canonical name and what was asked to go.
func (w *writer) cleanUp(d *dialect, dropOriginals bool) {
	if !w.unfit && !dropOriginals {
		return
	}
	w.attrs.RemoveIf(func(key string, _ pcommon.Value) bool {
		s, ok := d.slots[key]
		if !ok {
			return false
		}
		if s.canonical {
			return w.remove[s.field]
		}
		return dropOriginals && !s.keep && w.written[s.field]
	})
}
