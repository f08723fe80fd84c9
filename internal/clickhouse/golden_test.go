package clickhouse

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files and SCHEMA.md")

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run: go test ./internal/clickhouse -update")
	require.Equal(t, string(want), got, "review the difference, then run: go test ./internal/clickhouse -update")
}

var targets = map[string]Target{
	"single":  {Database: "watchllm"},
	"cluster": {Database: "watchllm", Cluster: "main"},
}

func TestMigrationText(t *testing.T) {
	all, err := Migrations()
	require.NoError(t, err)
	for name, target := range targets {
		for _, m := range all {
			sql, err := m.SQL(target)
			require.NoError(t, err)
			golden(t, filepath.Join("testdata", "golden", name, fmt.Sprintf("%04d_%s.sql", m.Number, m.Name)), sql)
		}
		golden(t, filepath.Join("testdata", "golden", name, "schema_migrations.sql"),
			strings.Join((&migrator{target: target}).historyTable(), ";\n")+";\n")
	}
}

// A released migration is never changed; the list grows at its end.
func TestMigrationChecksums(t *testing.T) {
	all, err := Migrations()
	require.NoError(t, err)
	var b strings.Builder
	for _, m := range all {
		sum, err := m.Checksum()
		require.NoError(t, err)
		fmt.Fprintf(&b, "%04d_%s %s\n", m.Number, m.Name, sum)
	}
	golden(t, filepath.Join("testdata", "golden", "checksums.txt"), b.String())
}

func TestInsertText(t *testing.T) {
	for name, target := range targets {
		golden(t, filepath.Join("testdata", "golden", name, "insert_llm_spans.sql"), InsertSpans(target)+"\n")
		golden(t, filepath.Join("testdata", "golden", name, "missing_scores.sql"), MissingScores(target)+"\n")
		for _, table := range []string{TableScores, TableLogs} {
			golden(t, filepath.Join("testdata", "golden", name, "insert_"+table+".sql"), Insert(target, table)+"\n")
		}
	}
}

func TestSchemaDocumentation(t *testing.T) { golden(t, "SCHEMA.md", Documentation()) }

func TestEveryColumnBelongsToAMigration(t *testing.T) {
	for table, cols := range Tables {
		seen := map[string]bool{}
		for _, c := range cols {
			require.False(t, seen[c.Name], "%s.%s is there twice", table, c.Name)
			seen[c.Name] = true
			require.NotEmpty(t, c.Doc, "%s.%s", table, c.Name)
			require.GreaterOrEqual(t, c.Since, 1)
			require.LessOrEqual(t, c.Since, SchemaVersion(), "%s.%s", table, c.Name)
		}
	}
}

func TestQuoting(t *testing.T) {
	require.Equal(t, "'it\\'s \\\\'", literal(`it's \`))
	require.Equal(t, "`a\\`b`", quote("a`b"))
}
