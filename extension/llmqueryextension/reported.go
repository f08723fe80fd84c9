package llmqueryextension

// reported compares what others said that calls cost with the price book, over the calls for which both are known in US dollars: exact
// decimal strings. A call's figure is the provider's bill, or else what the client worked out.
type reported struct {
	Calls  uint64 `json:"calls"`
	Amount string `json:"amount"`
	// Computed is the book's figure for the same calls.
	Computed string `json:"computed"`
	// Difference is Amount less Computed, with its sign.
	Difference string `json:"difference"`
}

// reportedSums are the columns that the comparison is made from.
type reportedSums struct {
	ReportedCalls      uint64  `ch:"reported_calls"`
	ReportedAmount     *string `ch:"reported_total"`
	ReportedComputed   *string `ch:"reported_computed"`
	ReportedDifference *string `ch:"reported_difference"`
}

// reported is null without calls to compare.
func (s *reportedSums) reported() *reported {
	if s.ReportedCalls == 0 || s.ReportedAmount == nil || s.ReportedComputed == nil || s.ReportedDifference == nil {
		return nil
	}
	return &reported{s.ReportedCalls, *s.ReportedAmount, *s.ReportedComputed, *s.ReportedDifference}
}
