package costing

import (
	"maps"
	"slices"
	"strings"
)

// among keeps the entries of a map column whose keys are ours: names of attributes, which need no quoting.
func among(column string, names []string) string {
	return "mapFilter((k, v) -> k IN ('" + strings.Join(names, "', '") + "'), s." + column + ")"
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
