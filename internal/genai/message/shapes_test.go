package message

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// shapeCase is one document of a file in testdata/shapes: a title that begins with the side, the document, and what becomes of it.
type shapeCase struct {
	title, in string
	want      string
}

func (s *shapeCase) side() Side {
	if strings.HasPrefix(s.title, "output") {
		return Output
	}
	return Input
}

// readShapes reads "== title", the document, "-- what" and one line each.
func readShapes(t testing.TB, file string) []shapeCase {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var cases []shapeCase
	for _, block := range strings.Split("\n"+string(raw), "\n== ")[1:] {
		title, rest, _ := strings.Cut(block, "\n")
		in, want, _ := strings.Cut(rest, "\n-- ")
		c := shapeCase{title: title, in: strings.TrimSpace(in)}
		if want != "" {
			c.want = "-- " + strings.TrimSpace(want) + "\n"
		}
		cases = append(cases, c)
	}
	return cases
}

func allShapes(t testing.TB) map[string][]shapeCase {
	t.Helper()
	files, err := filepath.Glob("testdata/shapes/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	all := map[string][]shapeCase{}
	for _, file := range files {
		all[file] = readShapes(t, file)
	}
	return all
}

func contentText(c Content) string {
	var b strings.Builder
	for _, part := range []struct{ name, text string }{{"messages", c.Messages}, {"system", c.System}, {"tools", c.Tools}} {
		if part.text != "" {
			b.WriteString("-- " + part.name + "\n" + part.text + "\n")
		}
	}
	return b.String()
}

// TestShapes shows what becomes of every shape that is known. UPDATE_GOLDEN=1 rewrites the expectation; read the difference before
// you commit it.
func TestShapes(t *testing.T) {
	var conv Converter
	for file, cases := range allShapes(t) {
		var b strings.Builder
		for _, c := range cases {
			got := contentText(conv.Convert(c.side(), pcommon.NewValueStr(c.in)))
			if os.Getenv("UPDATE_GOLDEN") == "" {
				assert.Equal(t, c.want, got, "%s: %s", file, c.title)
			}
			b.WriteString("== " + c.title + "\n" + c.in + "\n" + got + "\n")
		}
		if os.Getenv("UPDATE_GOLDEN") != "" {
			require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
		}
	}
}

// The same document as a structured value, as log events and some spans carry it, means the same.
func TestStructuredValuesMeanTheSame(t *testing.T) {
	var conv Converter
	for file, cases := range allShapes(t) {
		for _, c := range cases {
			var doc any
			if json.Unmarshal([]byte(c.in), &doc) != nil || strings.Contains(c.title, "quoted") {
				continue
			}
			v := pcommon.NewValueEmpty()
			require.NoError(t, v.FromRaw(doc))
			got := conv.Convert(c.side(), v)
			want := conv.Convert(c.side(), pcommon.NewValueStr(c.in))
			for _, pair := range [][2]string{{want.Messages, got.Messages}, {want.System, got.System}, {want.Tools, got.Tools}} {
				if pair[0] == "" {
					assert.Empty(t, pair[1], "%s: %s", file, c.title)
					continue
				}
				// Go's maps have no order, so only the meaning can be compared; JSON within texts loses its order too.
				if !strings.Contains(pair[0], `\"`) {
					assert.JSONEq(t, pair[0], pair[1], "%s: %s", file, c.title)
				}
			}
		}
	}
}

// What is canonical stays as it is, byte for byte.
func TestConvertingTwiceIsConvertingOnce(t *testing.T) {
	var conv Converter
	for file, cases := range allShapes(t) {
		for _, c := range cases {
			once := conv.Convert(c.side(), pcommon.NewValueStr(c.in))
			if once.Messages != "" {
				assert.True(t, json.Valid([]byte(once.Messages)), "%s: %s: %s", file, c.title, once.Messages)
				assert.Equal(t, once.Messages, conv.Convert(c.side(), pcommon.NewValueStr(once.Messages)).Messages, "%s: %s", file, c.title)
			}
			if once.System != "" {
				assert.Equal(t, once.System, conv.System(pcommon.NewValueStr(once.System)), "%s: %s", file, c.title)
			}
			if once.Tools != "" {
				assert.Equal(t, once.Tools, conv.Tools(pcommon.NewValueStr(once.Tools)), "%s: %s", file, c.title)
			}
		}
	}
}
