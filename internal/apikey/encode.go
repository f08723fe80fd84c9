package apikey

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/tenancy"
)

const fileHeader = `# API keys of WatchLLM. Only hashes are kept here; a key itself is shown once, when it is made.
# Change it with ` + "`watchllmctl keys`" + `: a running collector reads the change within seconds.
`

// Encode writes records in the form that Decode reads. It does not use a YAML encoder, which takes
// seconds for a hundred thousand keys.
func Encode(records []Record) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(fileHeader)
	if len(records) == 0 {
		b.WriteString("keys: []\n")
		return b.Bytes(), nil
	}
	b.WriteString("keys:\n")
	for _, r := range records {
		start := "  - "
		field := func(name, value string) {
			if value != "" {
				b.WriteString(start + name + ": " + value + "\n")
				start = "    "
			}
		}
		field("id", yamlText(r.ID))
		field("hash", r.Hash.String())
		field("tenant", yamlText(r.Tenant))
		field("project", yamlText(r.Project))
		field("roles", "["+yamlList(r.Roles)+"]")
		field("plan", yamlText(r.Plan))
		field("name", yamlText(r.Name))
		field("created_at", yamlTime(r.CreatedAt))
		field("expires_at", yamlTime(r.ExpiresAt))
		field("revoked_at", yamlTime(r.RevokedAt))
		field("replaced_by", yamlText(r.ReplacedBy))
	}
	return b.Bytes(), nil
}

func yamlList(roles []tenancy.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = yamlText(string(r))
	}
	return strings.Join(names, ", ")
}

func yamlTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339)
}

// yamlText writes words as they are and everything else, also words that YAML takes for something else, as
// JSON does: JSON's texts are YAML's.
func yamlText(s string) string {
	if s == "" || isWords(s) {
		return s
	}
	quoted, err := json.Marshal(s)
	if err != nil { // a string can always be written
		return ""
	}
	return string(quoted)
}

// isWords accepts what begins with a letter, has nothing but letters, digits and separators inside, and is
// no word that some YAML takes for something else.
func isWords(s string) bool {
	if !isLetter(s[0]) || s[len(s)-1] == ' ' || slices.Contains(yamlWords, strings.ToLower(s)) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isLetter(c) && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' && c != ' ' {
			return false
		}
	}
	return true
}

var yamlWords = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }
