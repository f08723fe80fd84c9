package pricing

// A meter is a count of something that is no token.
type meter struct {
	unit unit
	of   func(u *Usage) *Count
}

var meters = [...]meter{
	{unitWebSearch, func(u *Usage) *Count { return &u.WebSearches }},
	{unitSearchUnit, func(u *Usage) *Count { return &u.SearchUnits }},
	{unitImage, func(u *Usage) *Count { return &u.Images }},
	{unitPage, func(u *Usage) *Count { return &u.Pages }},
	{unitCharacter, func(u *Usage) *Count { return &u.Characters }},
	{unitMillisecond, func(u *Usage) *Count { return &u.Milliseconds }},
	{unitFileSearch, func(u *Usage) *Count { return &u.FileSearches }},
	{unitDocumentSearch, func(u *Usage) *Count { return &u.DocumentSearches }},
	{unitMapSearch, func(u *Usage) *Count { return &u.MapSearches }},
	{unitSearchSource, func(u *Usage) *Count { return &u.SearchSources }},
	{unitCodeExecution, func(u *Usage) *Count { return &u.CodeExecutions }},
	{unitCodeSession, func(u *Usage) *Count { return &u.CodeSessions }},
	{unitCodeMillisecond, func(u *Usage) *Count { return &u.CodeMilliseconds }},
}

// metered reports whether anything is counted that is no token. Most calls count nothing else, and are told so without asking each meter.
func (u *Usage) metered() bool {
	some := u.WebSearches.N | u.SearchUnits.N | u.Images.N | u.Pages.N | u.Characters.N | u.Milliseconds.N | u.FileSearches.N |
		u.DocumentSearches.N | u.MapSearches.N | u.SearchSources.N | u.CodeExecutions.N | u.CodeSessions.N | u.CodeMilliseconds.N
	if some == 0 {
		return false
	}
	for i := range meters {
		if meters[i].of(u).positive() > 0 {
			return true
		}
	}
	return false
}
