package llmeventreceiver

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/contract"
)

// example is a command of a page that posts events, and the answer the page shows.
type example struct {
	path, contentType, body, answer string
}

var (
	posts   = regexp.MustCompile(`(?s)curl http://[^/]+(/api/v1/events\S*)([^\n]*)-d '(\{.*?\})'\n.*?\n *(\{"(?:accepted|status)".*?\})\n *\n`)
	lines   = regexp.MustCompile(`(?s)printf '%s\\n' (.*?) \| gzip \|\n.*?(\{"accepted".*?\})\n`)
	quoted  = regexp.MustCompile(`(?s)'(\{.*?\})'`)
	comment = regexp.MustCompile(`Content-Type: ([^']+)'`)
)

func examples(t *testing.T, page string) []example {
	t.Helper()
	raw, err := os.ReadFile(page)
	require.NoError(t, err)
	text := strings.ReplaceAll(string(raw), "```\n", "\n\n")
	var out []example
	for _, m := range posts.FindAllStringSubmatch(text, -1) {
		e := example{path: m[1], body: m[3], answer: m[4]}
		if c := comment.FindStringSubmatch(m[2]); c != nil {
			e.contentType = c[1]
		}
		out = append(out, e)
	}
	for _, m := range lines.FindAllStringSubmatch(text, -1) {
		var body []string
		for _, line := range quoted.FindAllStringSubmatch(m[1], -1) {
			body = append(body, line[1])
		}
		out = append(out, example{path: "/api/v1/events", contentType: "application/x-ndjson", body: strings.Join(body, "\n"), answer: m[2]})
	}
	return out
}

// Every request of the pages is answered as the pages say.
func TestPagesSayWhatIsAnswered(t *testing.T) {
	for page, least := range map[string]int{"../../docs/sending.md": 4, "README.md": 1} {
		all := examples(t, page)
		require.GreaterOrEqual(t, len(all), least, page)
		for _, e := range all {
			f := start(t, options{})
			a := f.post(t, e.path, e.body, "Content-Type", e.contentType)
			require.Equal(t, 202, a.status, a.text)
			require.JSONEq(t, e.answer, a.text, e.body)
		}
	}
}

// The receiver's page names every type and every field of the contract, and every setting of it.
func TestPageNamesEveryField(t *testing.T) {
	raw, err := os.ReadFile("README.md")
	require.NoError(t, err)
	page := string(raw)
	c := nativeContract(t)
	check := func(fields []contract.Field) {
		for _, f := range fields {
			require.True(t, regexp.MustCompile("[`{.\", ]"+f.Name+"[`}\", ]").MatchString(page), "the page does not name %s", f.Name)
		}
	}
	check(c.Envelope)
	for _, g := range c.Groups {
		check(g.Fields)
	}
	for _, typ := range c.Types {
		require.Contains(t, page, "`"+typ.Name+"`")
		check(c.Fields(typ))
	}
	require.Contains(t, page, "`max_compressed_size` | `5242880`")
}
