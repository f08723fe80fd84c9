package genai

import "strings"

// place is the part of a usage object that a member stands in.
type place uint8

const (
	placeOuter  place = iota // the object itself, and inner ones that nobody knows
	placeInput               // details of the input
	placeOutput              // details of the output
	placeCached              // details of what was read from a cache
	placeBilled              // Cohere's bill
	placeTokens              // Cohere's tokens, of which some are not billed
	placeCost
	placeSkipped
	numPlaces
)

var places = map[string]place{
	"prompt_tokens_details": placeInput, "input_tokens_details": placeInput, "input_token_details": placeInput,
	"completion_tokens_details": placeOutput, "output_tokens_details": placeOutput, "output_token_details": placeOutput,
	"cached_tokens_details": placeCached, "billed_units": placeBilled, "billedUnits": placeBilled, "tokens": placeTokens,
	"cost":       placeCost,
	"iterations": placeSkipped, "cost_details": placeSkipped, "costDetails": placeSkipped,
}

// usageName is a member of a usage object as a provider or a client spells it, and the count it means.
type usageName struct {
	name string
	id   field
	// means is what a provider that writes this name says about its input count.
	means semantics
}

// usageNames are the spellings of OpenAI's two APIs, Anthropic, Bedrock, Gemini in both letter cases, DeepSeek, Perplexity, xAI, Mistral
// and LangChain, wherever in the object they stand. Of one fact the first that is there counts.
var usageNames = []usageName{
	{"prompt_tokens", fieldInput, includesCache},
	{"input_tokens", fieldInput, semanticsUnknown},
	{"inputTokens", fieldInput, semanticsUnknown},
	{"promptTokenCount", fieldInput, includesCache},
	{"prompt_token_count", fieldInput, includesCache},
	{"inputTextTokenCount", fieldInput, semanticsUnknown},
	{"completion_tokens", fieldOutput, semanticsUnknown},
	{"output_tokens", fieldOutput, semanticsUnknown},
	{"outputTokens", fieldOutput, semanticsUnknown},
	{"candidatesTokenCount", fieldOutput, semanticsUnknown},
	{"candidates_token_count", fieldOutput, semanticsUnknown},
	{"total_tokens", fieldTotal, semanticsUnknown},
	{"totalTokens", fieldTotal, semanticsUnknown},
	{"totalTokenCount", fieldTotal, semanticsUnknown},
	{"total_token_count", fieldTotal, semanticsUnknown},
	{"cached_tokens", fieldCacheRead, includesCache},
	{"cachedContentTokenCount", fieldCacheRead, includesCache},
	{"cached_content_token_count", fieldCacheRead, includesCache},
	{"prompt_cache_hit_tokens", fieldCacheRead, includesCache},
	{"cache_read_input_tokens", fieldCacheRead, excludesCache},
	{"cacheReadInputTokens", fieldCacheRead, excludesCache},
	{"cacheReadInputTokenCount", fieldCacheRead, excludesCache},
	{"cache_creation_input_tokens", fieldCacheWrite, excludesCache},
	{"cacheWriteInputTokens", fieldCacheWrite, excludesCache},
	{"cacheWriteInputTokenCount", fieldCacheWrite, excludesCache},
	{"ephemeral_5m_input_tokens", fieldCacheWrite5m, semanticsUnknown},
	{"ephemeral_1h_input_tokens", fieldCacheWrite1h, semanticsUnknown},
	{"reasoning_tokens", fieldReasoning, semanticsUnknown},
	{"thoughtsTokenCount", fieldReasoning, semanticsUnknown},
	{"thoughts_token_count", fieldReasoning, semanticsUnknown},
	{"citation_tokens", fieldCitation, semanticsUnknown},
	{"citationTokens", fieldCitation, semanticsUnknown},
	{"web_search_requests", fieldWebSearches, semanticsUnknown},
	{"num_search_queries", fieldWebSearches, semanticsUnknown},
	{"numSearchQueries", fieldWebSearches, semanticsUnknown},
	{"web_search_calls", fieldWebSearches, semanticsUnknown},
	{"SERVER_SIDE_TOOL_WEB_SEARCH", fieldWebSearches, semanticsUnknown},
	{"num_sources_used", fieldSearchSources, semanticsUnknown},
	{"file_search_calls", fieldFileSearches, semanticsUnknown},
	{"collections_search_calls", fieldFileSearches, semanticsUnknown},
	{"SERVER_SIDE_TOOL_COLLECTIONS_SEARCH", fieldFileSearches, semanticsUnknown},
	{"document_search_calls", fieldDocumentSearches, semanticsUnknown},
	{"attachment_search_calls", fieldDocumentSearches, semanticsUnknown},
	{"SERVER_SIDE_TOOL_ATTACHMENT_SEARCH", fieldDocumentSearches, semanticsUnknown},
	{"code_execution_requests", fieldCodeExecutions, semanticsUnknown},
	{"code_interpreter_calls", fieldCodeExecutions, semanticsUnknown},
	{"SERVER_SIDE_TOOL_CODE_EXECUTION", fieldCodeExecutions, semanticsUnknown},
	{"search_units", fieldSearchUnits, semanticsUnknown},
	{"searchUnits", fieldSearchUnits, semanticsUnknown},
	{"pages_processed", fieldPages, semanticsUnknown},
}

// placedNames mean something only where they stand. LangSmith puts the service tier before them.
var placedNames = [numPlaces][]usageName{
	placeInput: {
		{"cache_read", fieldCacheRead, semanticsUnknown},
		{"priority_cache_read", fieldCacheRead, semanticsUnknown},
		{"flex_cache_read", fieldCacheRead, semanticsUnknown},
		{"cache_creation", fieldCacheWrite, semanticsUnknown},
		{"cache_write", fieldCacheWrite, semanticsUnknown},
		{"cache_write_tokens", fieldCacheWrite, semanticsUnknown},
		{"cache_creation_tokens", fieldCacheWrite, semanticsUnknown},
		{"audio_tokens", fieldAudioInput, semanticsUnknown},
		{"audio", fieldAudioInput, semanticsUnknown},
		{"image_tokens", fieldImageInput, semanticsUnknown},
		{"image", fieldImageInput, semanticsUnknown},
		{"video_tokens", fieldVideoInput, semanticsUnknown},
		{"video", fieldVideoInput, semanticsUnknown},
	},
	placeOutput: {
		{"reasoning", fieldReasoning, semanticsUnknown},
		{"priority_reasoning", fieldReasoning, semanticsUnknown},
		{"flex_reasoning", fieldReasoning, semanticsUnknown},
		{"audio_tokens", fieldAudioOutput, semanticsUnknown},
		{"audio", fieldAudioOutput, semanticsUnknown},
		{"image_tokens", fieldImageOutput, semanticsUnknown},
		{"image", fieldImageOutput, semanticsUnknown},
	},
	placeCached: {
		{"image_tokens", fieldImageCacheRead, semanticsUnknown},
		{"audio_tokens", fieldAudioCacheRead, semanticsUnknown},
	},
}

// usageMember is where the walk over an object finds a name.
type usageMember struct {
	of    func(u *Usage) *Count
	id    field
	rank  uint8
	means semantics
}

var usageMembers = func() [numPlaces]map[string]usageMember {
	ofField := map[field]func(*Usage) *Count{}
	for _, c := range counts {
		ofField[c.id] = c.of
	}
	var all [numPlaces]map[string]usageMember
	for p := range all {
		all[p] = map[string]usageMember{}
		for rank, n := range append(append([]usageName{}, usageNames...), placedNames[p]...) {
			all[p][n.name] = usageMember{ofField[n.id], n.id, uint8(rank + 1), n.means} //nolint:gosec // some 70 names
		}
	}
	return all
}()

// maxUsageDepth bounds how far an object is looked into.
const maxUsageDepth = 4

// readUsage reads a usage object in one walk.
func readUsage(object string) wireUsage {
	var w wireUsage
	w.walk(object, placeOuter, maxUsageDepth)
	for i := range counts { // the sum of a list may be more than a count can be
		if n := counts[i].of(&w.Usage); n.N > maxCount {
			*n = Count{}
			w.flags |= FlagUnreadableCount
		}
	}
	return w
}

func (w *wireUsage) walk(object string, at place, depth int) {
	jsonMembers(object, func(name, value string) bool {
		if value == "" {
			return true
		}
		switch value[0] {
		case '{':
			w.inner(name, value, at, depth)
		case '[':
			w.list(name, value)
		case 'n': // null
		default:
			w.member(name, value, at)
		}
		return true
	})
}

func (w *wireUsage) inner(name, value string, at place, depth int) {
	to, known := places[name]
	if !known {
		to = at
	}
	if name == "cost_details" || name == "costDetails" {
		w.said.routed = true
	}
	if to != placeSkipped && depth > 1 {
		w.walk(value, to, depth-1)
	}
}

func (w *wireUsage) member(name, value string, at place) {
	m, known := usageMembers[at][name]
	switch {
	case at == placeCost:
		if name == "total_cost" || name == "totalCost" {
			w.said.total = jsonScalar(value)
		}
		return
	case !known:
		w.other(name, value, at)
		return
	}
	rank := m.rank
	switch at {
	case placeTokens:
		rank += 100 // only where there is no bill
	case placeBilled:
		rank = 1
	}
	if old := w.best[m.id]; old != 0 && old <= rank {
		return
	}
	text := jsonScalar(value)
	if text == "" {
		return
	}
	n, flags := countText(text, 0)
	if !n.Known {
		w.flags |= flags
		return
	}
	if m.means != semanticsUnknown && (m.means == includesCache || w.means == semanticsUnknown) {
		w.means = m.means
	}
	w.best[m.id], *m.of(&w.Usage) = rank, n
	switch m.id {
	case fieldOutput:
		w.candidates = strings.HasPrefix(name, "candidates")
		w.billed = w.billed || at == placeBilled
	case fieldInput:
		w.billed = w.billed || at == placeBilled
	case fieldReasoning:
		w.outerReasoning = at == placeOuter
		w.thoughts = strings.HasPrefix(name, "thoughts")
	}
	w.tierOf(name)
}

// tierOf takes the service tier that LangChain writes into the names of details.
func (w *wireUsage) tierOf(name string) {
	for _, tier := range [...]string{"priority", "flex"} {
		if rest, ok := strings.CutPrefix(name, tier); ok && strings.HasPrefix(rest, "_") {
			w.said.tier = tier
		}
	}
}

// A usageList is a list in a usage object. A client that keeps it under two spellings, or twice, means one.
type usageList uint8

const (
	listCacheWrites usageList = 1 << iota
	listPrompt
	listToolPrompt
	listCached
	listCandidates
)

var usageLists = map[string]usageList{
	"cacheDetails": listCacheWrites, "cache_details": listCacheWrites,
	"promptTokensDetails": listPrompt, "prompt_tokens_details": listPrompt,
	"toolUsePromptTokensDetails": listToolPrompt, "tool_use_prompt_tokens_details": listToolPrompt,
	"cacheTokensDetails": listCached, "cache_tokens_details": listCached,
	"candidatesTokensDetails": listCandidates, "candidates_tokens_details": listCandidates,
}

func (w *wireUsage) list(name, value string) {
	list := usageLists[name]
	if list == 0 || w.lists&list != 0 {
		return
	}
	w.lists |= list
	switch list {
	case listCacheWrites:
		jsonElements(value, func(element string) {
			n, _ := jsonCountMember(element, "inputTokens")
			switch jsonStringMember(element, "ttl") {
			case "1h":
				w.CacheWrite1h.add(n)
			case "5m":
				w.CacheWrite5m.add(n)
			}
		})
	case listPrompt, listToolPrompt:
		w.modalities(value, &w.AudioInput, &w.ImageInput, &w.VideoInput)
	case listCached:
		w.modalities(value, &w.AudioCacheRead, nil, nil)
	case listCandidates:
		w.modalities(value, &w.AudioOutput, &w.ImageOutput, nil)
	}
}

// modalities reads Gemini's lists of tokens by what they stand for. Text and documents have the price of the whole.
func (w *wireUsage) modalities(list string, audio, image, video *Count) {
	jsonElements(list, func(element string) {
		n, _ := jsonCountMember(element, "tokenCount")
		if !n.Known {
			n, _ = jsonCountMember(element, "token_count")
		}
		var dst *Count
		modality := jsonStringMember(element, "modality")
		switch strings.ToUpper(modality[strings.LastIndexByte(modality, '.')+1:]) {
		case "AUDIO":
			dst = audio
		case "IMAGE":
			dst = image
		case "VIDEO":
			dst = video
		}
		if dst != nil {
			dst.add(n)
		}
	})
}

func (c *Count) add(n Count) {
	if n.Known {
		*c = known(c.N + n.N)
	}
}
