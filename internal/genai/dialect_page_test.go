package genai

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const dialectsPage = "../../docs/dialects.md"

// undescribed stands in the page's hand-written columns of a dialect that was added since.
const undescribed = "not described yet"

// The page lists every dialect with the scopes and markers of the registry; what its spans mean is written by hand. UPDATE_GOLDEN=1
// brings the page up to date.
func TestDialectsPage(t *testing.T) {
	raw, err := os.ReadFile(dialectsPage)
	require.NoError(t, err)
	const begin, end = "<!-- dialects -->\n", "<!-- /dialects -->"
	before, rest, ok := strings.Cut(string(raw), begin)
	require.True(t, ok)
	table, after, ok := strings.Cut(rest, end)
	require.True(t, ok)

	written := map[string]string{}
	for line := range strings.Lines(table) {
		cells := strings.SplitN(strings.Trim(strings.TrimSpace(line), "|"), "|", 4)
		if len(cells) == 4 {
			written[strings.Trim(strings.TrimSpace(cells[0]), "`")] = cells[3]
		}
	}
	var b strings.Builder
	b.WriteString("| dialect | scope | or one of these attributes | the call | sums and repeats | input and cached tokens |\n|---|---|---|---|---|---|\n")
	for _, d := range dialects {
		byHand, known := written[d.name]
		if !known {
			byHand = " " + undescribed + " | " + undescribed + " | " + undescribed + " "
		}
		attributes := patterns(d.markers)
		if len(d.hints) > 0 {
			attributes = patterns(d.scoped) + " together with one of " + patterns(d.hints)
		}
		b.WriteString("| `" + d.name + "` | " + patterns(d.scopes) + " | " + attributes + " |" + byHand + "|\n")
	}
	page := before + begin + b.String() + end + after
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(dialectsPage, []byte(page), 0o600))
	}
	assert.Equal(t, page, string(raw), "docs/dialects.md: UPDATE_GOLDEN=1 go test makes it again")
	assert.NotContains(t, page, undescribed, "docs/dialects.md: say what the spans of the new dialect mean")
}

func patterns(list []string) string {
	if len(list) == 0 {
		return "-"
	}
	return "`" + strings.Join(list, "`, `") + "`"
}
