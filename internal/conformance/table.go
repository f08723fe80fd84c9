package conformance

import (
	"fmt"
	"io"
	"strings"

	"github.com/watchllm/watchllm/internal/captures"
)

// WriteTable writes a Markdown table of a folder's cases: what the client sent, what was true, what the store says, and what a plain
// rename of attributes would have given.
func WriteTable(w io.Writer, dir string, cases []captures.Case, results []Result) error {
	exact, renameRight, renameCases := 0, 0, 0
	var b strings.Builder
	b.WriteString("| case | sent | true calls | true tokens | stored calls | stored tokens | stored beside | plain rename | note |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for i := range cases {
		c, r := &cases[i], &results[i]
		calls, t, ok, err := PlainRename(dir, c)
		if err != nil {
			return err
		}
		rename := "-"
		if ok {
			renameCases++
			rename = plural(calls, "call") + ", " + t.String()
			if c.Expect != nil && calls == c.Expect.Calls && t.Equal(c.Expect.Tokens) {
				renameRight++
			} else {
				rename = "**" + rename + "**"
			}
		}
		note, mark := "", ""
		if c.Expect != nil {
			note = c.Expect.Note
			if r.Meets(c.Expect) {
				exact++
			} else {
				mark = " (!)"
			}
		}
		truth := c.Truth.Totals.Tokens
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s%s | %s | %s | %s | %s |\n", c.Name(), sent(c),
			countText(c.Truth.SuccessfulCalls+c.Truth.EmbeddingCalls, c.Truth.FailedCalls), truth,
			countText(r.Calls, r.FailedCalls), mark, r.Tokens, beside(r), rename, strings.ReplaceAll(note, "|", "\\|"))
	}
	_, err := fmt.Fprintf(w, "%d cases; %d stored exactly as the bytes allow. Of %d cases with OTLP spans, renaming attributes and adding up is right in %d; "+
		"where it is not, it stands in bold.\n\n[What the columns mean](conformance.md). Tokens are input / output / cache read / cache write / reasoning, `?` is unknown. Calls are successful + failed.\n\n%s",
		len(cases), exact, renameCases, renameRight, b.String())
	return err
}

func sent(c *captures.Case) string {
	n := map[string]int{}
	var order []string
	for _, f := range c.Files {
		if n[f.Signal] == 0 {
			order = append(order, f.Signal)
		}
		n[f.Signal]++
	}
	if len(order) == 0 {
		return "nothing"
	}
	return strings.Join(order, ", ")
}

func countText(ok, failed int) string {
	if failed == 0 {
		return fmt.Sprint(ok)
	}
	return fmt.Sprintf("%d + %d", ok, failed)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func beside(r *Result) string {
	var parts []string
	if r.Aggregates > 0 {
		parts = append(parts, plural(r.Aggregates, "aggregate"))
	}
	if r.Duplicates > 0 {
		parts = append(parts, plural(r.Duplicates, "duplicate"))
	}
	if r.Missing > 0 {
		parts = append(parts, fmt.Sprintf("%d without counts", r.Missing))
	}
	return strings.Join(parts, ", ")
}
