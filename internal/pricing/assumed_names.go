package pricing

import "slices"

// AssumptionNames are all names that can stand in Result.Assumed, for those who put them into words.
func AssumptionNames() []string { return slices.Clone(assumptionNames[:]) }
