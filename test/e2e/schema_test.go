package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The page's way of checking events with the served JSON Schema, as it stands: a validator that is not ours finds what the page says.
func TestPageChecksEventsInPython(t *testing.T) {
	interpreter := vendorPython(t, "e2e-vendors")
	i := shared.get(t)
	page, err := os.ReadFile(filepath.Join(root(), "docs", "sending.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)Python, with the package `jsonschema`:\n\n(.*?)\n\n\\S").FindSubmatch(page)
	if block == nil {
		t.Fatal("the page has no program in Python")
	}
	program := strings.ReplaceAll(regexp.MustCompile(`(?m)^    `).ReplaceAllString(string(block[1]), ""), "127.0.0.1:8000", i.events)
	says := regexp.MustCompile(`print\(.*\)  # (.*)`).FindStringSubmatch(program)
	if says == nil {
		t.Fatal("the program does not say what it prints")
	}
	right := strings.ReplaceAll(program, `"input_tokens": -4`, `"input_tokens": 4`)
	if right == program {
		t.Fatal("the program has no wrong count")
	}
	for _, c := range []struct{ program, prints string }{{program, says[1]}, {right, "None"}} {
		if got := strings.TrimSpace(run(t, nil, root(), interpreter, "-c", c.program)); got != c.prints {
			t.Errorf("the validator says %q, want %q", got, c.prints)
		}
	}
}
