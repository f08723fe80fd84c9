package llmqueryextension

import (
	"embed"
	"strings"
	"sync"
	"text/template"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/costing"
)

//go:embed sql/*.sql
var sqlFiles embed.FS

// statement names one file in sql/, and its form: {{ spans }} in the file is the calls as they were booked, or, in the form
// known, with their latest correction.
type statement string

const knownForm = " known"

// known is the form of a statement that counts corrections.
func (s statement) known() statement { return s + knownForm }

// file is the statement's name without its form.
func (s statement) file() string { return strings.TrimSuffix(string(s), knownForm) }

// What {{ spans }} stands for. The view has the columns of llm_spans, each cost as its last correction has it.
const (
	bookedSpans = clickhouse.TableSpans + " AS s FINAL"
	knownSpans  = clickhouse.ViewKnown + " AS s"
)

// countsCorrections tells whether this form counts corrections.
func (s statement) countsCorrections() bool { return strings.HasSuffix(string(s), knownForm) }

// statementTexts keeps each text once it is made.
var statementTexts sync.Map // statement -> string

// text is the SQL of the statement.
func (s statement) text() (string, error) {
	if t, ok := statementTexts.Load(s); ok {
		return t.(string), nil
	}
	file, err := sqlFiles.ReadFile("sql/" + s.file() + ".sql")
	if err != nil {
		return "", err
	}
	tmpl, err := template.New(s.file()).Funcs(template.FuncMap{
		"spans": func() string {
			if s.countsCorrections() {
				return knownSpans
			}
			return bookedSpans
		},
		"row":        costing.RowColumns,
		"correction": costing.CorrectionColumns,
		"estimate":   estimateColumns,
	}).Parse(string(file))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := tmpl.Execute(&b, nil); err != nil {
		return "", err
	}
	statementTexts.Store(s, b.String())
	return b.String(), nil
}

// statements lists all statements, each in all its forms.
func statements() ([]statement, error) {
	entries, err := sqlFiles.ReadDir("sql")
	if err != nil {
		return nil, err
	}
	var out []statement
	for _, e := range entries {
		text, err := sqlFiles.ReadFile("sql/" + e.Name())
		if err != nil {
			return nil, err
		}
		s := statement(strings.TrimSuffix(e.Name(), ".sql"))
		out = append(out, s)
		if strings.Contains(string(text), "{{ spans }}") {
			out = append(out, s.known())
		}
	}
	return out, nil
}
