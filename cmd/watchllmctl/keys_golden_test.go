package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// scrubber gives ids, keys and times of a run names that are the same in every run.
type scrubber struct {
	names map[string]string
	dir   string
}

var (
	wholeKey  = regexp.MustCompile(`wllm_([0-9A-Za-z]{12})_[0-9A-Za-z]{49}`)
	idInTable = regexp.MustCompile(`\b[0-9A-Za-z]{12}\b`)
	timeStamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
)

func (s *scrubber) scrub(text string, begin time.Time) string {
	text = strings.ReplaceAll(text, s.dir, "DIR")
	text = wholeKey.ReplaceAllStringFunc(text, func(key string) string { return "wllm_" + s.name(key[5:17]) + "_SECRET" })
	text = idInTable.ReplaceAllStringFunc(text, s.name)
	return timeStamp.ReplaceAllStringFunc(text, func(stamp string) string {
		at, err := time.Parse(time.RFC3339, stamp)
		if err != nil {
			return stamp
		}
		days := at.Sub(begin).Round(time.Hour).Hours() / 24
		return fmt.Sprintf("%-20s", fmt.Sprintf("now%+g days", days))
	})
}

func (s *scrubber) name(id string) string {
	if !strings.ContainsAny(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") { // a word
		return id
	}
	if s.names[id] == "" {
		s.names[id] = fmt.Sprintf("<the id %03d>", len(s.names)+1) // as long as an id
	}
	return s.names[id]
}

// TestKeysGolden shows every command's words and JSON. -update writes the file anew: read the difference before you commit it.
func TestKeysGolden(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "keys.yaml")
	s := &scrubber{names: map[string]string{}, dir: dir}
	begin := time.Now()
	var story strings.Builder
	ctl := func(args ...string) string {
		out, notes, err := keysCommand(t, file, args...)
		fmt.Fprintf(&story, "$ watchllmctl keys %s\n%s%s", strings.Join(args, " "), notes, out)
		if err != nil {
			fmt.Fprintf(&story, "watchllmctl: %v\n", err)
		}
		story.WriteByte('\n')
		return out
	}
	id := func(out string) string { return wholeKey.FindStringSubmatch(out)[1] }

	ctl("list")
	till := id(ctl("create", "--tenant", "acme", "--project", "shop", "--roles", "ingest", "--name", "till"))
	grafana := id(ctl("create", "--tenant", "acme", "--project", "shop", "--roles", "read", "--expires", "90d", "--plan", "pro", "--name", "grafana", "--json"))
	ctl("create", "--roles", "admin,billing", "--out", filepath.Join(dir, "ops.key"), "--json")
	ctl("create", "--roles", "admin", "--out", filepath.Join(dir, "ops.key"))

	usage := &apikey.Usage{}
	records, err := apikey.Load(file)
	require.NoError(t, err)
	set, err := apikey.NewSet(records...)
	require.NoError(t, err)
	set.Observe(usage, nil)
	plain, err := os.ReadFile(filepath.Join(dir, "ops.key"))
	require.NoError(t, err)
	found, _ := set.Lookup(string(plain), begin)
	require.Equal(t, []tenancy.Role{tenancy.RoleAdmin, tenancy.RoleBilling}, found.Record.Roles)
	found.Used(begin.Add(-48 * time.Hour))
	require.NoError(t, usage.Flush(apikey.UsageFile(file), begin))

	ctl("rotate", till, "--overlap", "7d")
	ctl("rotate", grafana, "--json")
	ctl("revoke", till)
	ctl("revoke", till, "--json")
	ctl("rotate", till)
	ctl("list")
	ctl("list", "--tenant", "default", "--json")
	ctl("revoke", "wllm_half-a-key")
	ctl("revoke", "zzzzzzzzzzz1")
	require.NoError(t, os.WriteFile(apikey.UsageFile(file), []byte("{"), 0o600))
	ctl("list", "--tenant", "nobody")

	got := s.scrub(story.String(), begin)
	for _, secret := range []string{"sha256", strings.TrimSpace(string(plain))[18:]} {
		require.NotContains(t, got, secret)
	}
	golden := filepath.Join("testdata", "keys.golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err, "go test -update makes it")
	require.Equal(t, string(want), got)
}
