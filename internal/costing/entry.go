package costing

import (
	"time"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
)

// Of is a call as a dialect reader read it, at its time.
func Of(c *genai.Call, tenant string, when time.Time) Call {
	reported := ReportedAmount(&c.Reported)
	call := Call{
		Sum:        sum(c.Role),
		LowerBound: lowerBound(c.Usage.Basis),
		Call: pricing.Call{
			Tenant:        tenant,
			Provider:      c.Provider,
			RequestModel:  c.RequestModel,
			ResponseModel: c.ResponseModel,
			Operation:     c.Operation,
			ServerAddress: c.ServerAddress,
			ServiceTier:   c.ServiceTier,
			AskedTier:     c.AskedTier,
			Batch:         c.Batch,
			Speed:         c.Speed,
			Region:        c.Region,
			Thinking:      c.Thinking,
			SearchContext: c.SearchContext,
			ImageSize:     c.ImageSize,
			ImageQuality:  c.ImageQuality,
			Time:          moment(when),
			Usage:         usageOf(&c.Usage),
			// A bill of nothing is not taken for one: a payload could make any call free, and clients send 0 for unknown.
			Reported: pricing.Reported{Amount: reported, Authoritative: c.Reported.Provider && reported.Pico > 0},
		},
	}
	call.silent(c.Role)
	return call
}

// firstYear is before the first model that was sold by the token. A clock that says less was never set, and no time was sent at all
// where the epoch itself comes out of it.
const firstYear = 2020

// moment is when a call was made, or nothing where the span's clock cannot be believed: the oldest price is no answer to that.
func moment(t time.Time) time.Time {
	if t.UTC().Year() < firstYear {
		return time.Time{}
	}
	return t
}

func usageOf(u *genai.Usage) pricing.Usage {
	return pricing.Usage{
		Input:            pricing.Count(u.Input),
		Output:           pricing.Count(u.Output),
		CacheRead:        pricing.Count(u.CacheRead),
		CacheWrite:       pricing.Count(u.CacheWrite),
		CacheWrite5m:     pricing.Count(u.CacheWrite5m),
		CacheWrite1h:     pricing.Count(u.CacheWrite1h),
		Reasoning:        pricing.Count(u.Reasoning),
		AudioInput:       pricing.Count(u.AudioInput),
		AudioCacheRead:   pricing.Count(u.AudioCacheRead),
		AudioOutput:      pricing.Count(u.AudioOutput),
		ImageInput:       pricing.Count(u.ImageInput),
		ImageOutput:      pricing.Count(u.ImageOutput),
		VideoInput:       pricing.Count(u.VideoInput),
		Citation:         pricing.Count(u.Citation),
		WebSearches:      pricing.Count(u.WebSearches),
		SearchUnits:      pricing.Count(u.SearchUnits),
		Images:           pricing.Count(u.Images),
		Pages:            pricing.Count(u.Pages),
		Characters:       pricing.Count(u.Characters),
		Milliseconds:     pricing.Count(u.Milliseconds),
		ImageCacheRead:   pricing.Count(u.ImageCacheRead),
		FileSearches:     pricing.Count(u.FileSearches),
		DocumentSearches: pricing.Count(u.DocumentSearches),
		MapSearches:      pricing.Count(u.MapSearches),
		SearchSources:    pricing.Count(u.SearchSources),
		CodeExecutions:   pricing.Count(u.CodeExecutions),
		CodeSessions:     pricing.Count(u.CodeSessions),
		CodeMilliseconds: pricing.Count(u.CodeMilliseconds),
	}
}

// ReportedAmount is the client's figure when it is one in dollars; unknown otherwise.
func ReportedAmount(r *genai.Reported) pricing.Amount {
	switch {
	case !r.Known || r.Currency != "" && r.Currency != "USD":
		return pricing.Amount{}
	case r.Text != "":
		a, err := pricing.ParseAmount(r.Text)
		if err != nil {
			return pricing.Amount{}
		}
		return a
	default:
		return pricing.AmountFromFloat64(r.Float)
	}
}
