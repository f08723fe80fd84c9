package main

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is how much of a name a line of a table can hold, in characters.
const maxName = 80

// printable is a name as a table shows it. Clients choose names: one with line breaks or control characters could forge a line of what
// a person is asked to agree to, or move the cursor over it, so such a name is quoted.
func printable(name string) string {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		name = strconv.Quote(name)
	}
	if runes := []rune(name); len(runes) > maxName {
		name = string(runes[:maxName-1]) + "…"
	}
	return name
}
