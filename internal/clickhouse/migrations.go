package clickhouse

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migration is one numbered step of the schema. A released step never changes: what follows is a new file.
type Migration struct {
	Number int
	// Name is the file's name without number and extension.
	Name string
	text string
}

var migrationName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

// Migrations returns all steps in order; their numbers are 1, 2, 3, ...
var Migrations = sync.OnceValues(func() ([]Migration, error) {
	entries, err := fs.ReadDir(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	out := make([]Migration, 0, len(entries))
	for i, e := range entries {
		m := migrationName.FindStringSubmatch(e.Name())
		if m == nil {
			return nil, fmt.Errorf("migration %s: the name must be NNNN_name.sql", e.Name())
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n != i+1 {
			return nil, fmt.Errorf("migration %s: expected number %04d", e.Name(), i+1)
		}
		text, err := fs.ReadFile(migrationFiles, "migrations/"+e.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, Migration{Number: n, Name: m[2], text: string(text)})
	}
	return out, nil
})

// SchemaVersion is the number of the newest migration this program knows.
func SchemaVersion() int {
	all, err := Migrations()
	if err != nil {
		// The files are compiled in, and a test loads them.
		panic(err)
	}
	return len(all)
}

// SQL renders the step for a target, comments included, as an operator would read it.
func (m Migration) SQL(t Target) (string, error) {
	sql, err := render(m.Name, m.text, m.Number, t)
	if err != nil {
		return "", fmt.Errorf("migration %04d_%s: %w", m.Number, m.Name, err)
	}
	return sql, nil
}

// Statements renders the step as single statements without comments.
func (m Migration) Statements(t Target) ([]string, error) {
	sql, err := m.SQL(t)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for line := range strings.Lines(sql) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			b.WriteString(line)
		}
	}
	var out []string
	for s := range strings.SplitSeq(b.String(), ";\n") {
		if s = strings.TrimSuffix(strings.TrimSpace(s), ";"); s != "" {
			out = append(out, s)
		}
	}
	return out, nil
}

// Checksum identifies the step's text. It is taken over one fixed target, so that it is the same for
// every database and cluster.
func (m Migration) Checksum() (string, error) {
	all, err := m.Statements(Target{Database: "watchllm"})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(strings.Join(all, ";\n")))
	return hex.EncodeToString(sum[:16]), nil
}
