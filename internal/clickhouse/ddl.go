package clickhouse

import (
	"fmt"
	"strings"
	"text/template"
)

// Target is the place a statement is written for.
type Target struct {
	Database string
	// Cluster is empty for a single node.
	Cluster string
}

// Target returns where this client's tables are.
func (c ClientConfig) Target() Target { return Target{Database: c.Database, Cluster: c.Cluster} }

// Table returns the quoted name that readers and writers use.
func (t Target) Table(name string) string { return quote(t.Database) + "." + quote(name) }

// Local returns the quoted name of the table that holds rows: on a single node the same one.
func (t Target) Local(name string) string {
	if t.Cluster != "" {
		name += LocalSuffix
	}
	return t.Table(name)
}

func (t Target) onCluster() string {
	if t.Cluster == "" {
		return ""
	}
	return " ON CLUSTER " + literal(t.Cluster)
}

// engine names a MergeTree family engine, replicated when there is a cluster. A path with {shard} keeps
// the shards apart; the {uuid} of the table would not survive being created again on a new node.
func (t Target) engine(kind, table string, args ...string) string {
	if t.Cluster == "" {
		return kind + "(" + strings.Join(args, ", ") + ")"
	}
	head := []string{literal("/clickhouse/tables/{shard}/" + t.Database + "/" + table), literal("{replica}")}
	return "Replicated" + kind + "(" + strings.Join(append(head, args...), ", ") + ")"
}

// globalEngine is for small tables that are whole on every node of the cluster.
func (t Target) globalEngine(kind, table string, args ...string) string {
	if t.Cluster == "" {
		return t.engine(kind, table, args...)
	}
	head := []string{literal("/clickhouse/tables/all/" + t.Database + "/" + table), literal("{shard}-{replica}")}
	return "Replicated" + kind + "(" + strings.Join(append(head, args...), ", ") + ")"
}

// distributed names the Distributed engine over the local tables.
func (t Target) distributed(table, shardBy string) string {
	return fmt.Sprintf("Distributed(%s, %s, %s, %s)", literal(t.Cluster), literal(t.Database), literal(table+LocalSuffix), shardBy)
}

// window is the setting under which a MergeTree table remembers deduplication tokens.
func (t Target) window(n int) string {
	if t.Cluster == "" {
		return fmt.Sprintf("non_replicated_deduplication_window = %d", n)
	}
	return fmt.Sprintf("replicated_deduplication_window = %d", n)
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "\\`") + "`" }

func literal(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// definition is the column as CREATE TABLE and ADD COLUMN spell it.
func (c Column) definition() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", quote(c.Name), c.Type)
	if c.Default != "" {
		fmt.Fprintf(&b, " DEFAULT %s", c.Default)
	}
	if c.Codec != "" {
		fmt.Fprintf(&b, " CODEC(%s)", c.Codec)
	}
	return b.String()
}

// definitions lists the columns that a migration brings, each after the given words.
func definitions(words, table string, since int) (string, error) {
	cols, ok := Tables[table]
	if !ok {
		return "", fmt.Errorf("table %q has no columns in Tables", table)
	}
	var out []string
	for _, c := range cols {
		if c.Since == since {
			out = append(out, "    "+words+c.definition())
		}
	}
	return strings.Join(out, ",\n"), nil
}

// render runs a migration's template for a target.
func render(name, text string, number int, t Target) (string, error) {
	funcs := template.FuncMap{
		"table":         t.Table,
		"local":         t.Local,
		"onCluster":     t.onCluster,
		"cluster":       func() bool { return t.Cluster != "" },
		"engine":        t.engine,
		"globalEngine":  t.globalEngine,
		"distributed":   t.distributed,
		"window":        t.window,
		"columns":       func(table string) (string, error) { return definitions("", table, number) },
		"knownSelect":   func() string { return knownSelect(number) },
		"knownLast":     knownLast,
		"scoresOfSpans": scoresOfSpans,
		"knownTypes":    func() string { return knownTypes(number) },
		"addColumns":    func(table string) (string, error) { return definitions("ADD COLUMN IF NOT EXISTS ", table, number) },
	}
	tmpl, err := template.New(name).Funcs(funcs).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := tmpl.Execute(&b, t); err != nil {
		return "", err
	}
	return b.String(), nil
}

// InsertSpans is the statement that span blocks are sent with; its columns are SpanColumns, in order.
func InsertSpans(t Target) string { return Insert(t, TableSpans) }

// Insert is the statement that blocks with all columns of a table, in order, are sent with.
func Insert(t Target, table string) string {
	names := Names(Tables[table])
	for i, n := range names {
		names[i] = quote(n)
	}
	return "INSERT INTO " + t.Table(table) + " (" + strings.Join(names, ", ") + ")"
}
