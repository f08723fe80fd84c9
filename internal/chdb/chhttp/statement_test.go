package chhttp

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseFindsInsertData(t *testing.T) {
	for name, c := range map[string]struct {
		text, head, format, data string
	}{
		"format":                  {"INSERT INTO t (a, b) FORMAT Native\nDATA", "INSERT INTO t (a, b) ", "Native", "DATA"},
		"format without data":     {"INSERT INTO t (a) FORMAT Native", "INSERT INTO t (a) ", "Native", ""},
		"carriage return":         {"INSERT INTO t FORMAT CSV\r\n1", "INSERT INTO t ", "CSV", "1"},
		"data on the line":        {"INSERT INTO t FORMAT CSV 1,2", "INSERT INTO t ", "CSV", "1,2"},
		"blank line is data":      {"INSERT INTO t FORMAT CSV\n\n1", "INSERT INTO t ", "CSV", "\n1"},
		"values":                  {"INSERT INTO t VALUES (1)", "INSERT INTO t ", "Values", " (1)"},
		"settings":                {"insert into `a b`.\"t\" settings async_insert=1, x='values' values (1)", "insert into `a b`.\"t\" settings async_insert=1, x='values' ", "Values", " (1)"},
		"setting called values":   {"INSERT INTO t SETTINGS x=values VALUES (1)", "INSERT INTO t SETTINGS x=values ", "Values", " (1)"},
		"table called format":     {"INSERT INTO format FORMAT TSV\n1", "INSERT INTO format ", "TSV", "1"},
		"table called values":     {"INSERT INTO d.values VALUES (1)", "INSERT INTO d.values ", "Values", " (1)"},
		"table keyword":           {"INSERT INTO TABLE t VALUES (1)", "INSERT INTO TABLE t ", "Values", " (1)"},
		"table function":          {"INSERT INTO TABLE FUNCTION null('x') VALUES (1)", "INSERT INTO TABLE FUNCTION null('x') ", "Values", " (1)"},
		"columns except":          {"INSERT INTO t (* EXCEPT(format, values)) VALUES (1)", "INSERT INTO t (* EXCEPT(format, values)) ", "Values", " (1)"},
		"comments":                {"-- c\n/* a /* b */ */ INSERT INTO t VALUES (1)", "-- c\n/* a /* b */ */ INSERT INTO t ", "Values", " (1)"},
		"comment with clause":     {"INSERT INTO t /* SELECT */ VALUES (1)", "INSERT INTO t /* SELECT */ ", "Values", " (1)"},
		"quotes in data":          {"INSERT INTO t VALUES ('it''s; \\' -- no', 1)", "INSERT INTO t ", "Values", " ('it''s; \\' -- no', 1)"},
		"data with a second text": {"INSERT INTO t VALUES (1); DROP TABLE t", "INSERT INTO t ", "Values", " (1); DROP TABLE t"},
	} {
		t.Run(name, func(t *testing.T) {
			st := parse(c.text)
			require.True(t, st.insert)
			assert.Equal(t, c.head, st.head)
			assert.Equal(t, c.format, st.format)
			assert.Equal(t, c.data, c.text[st.data:])
			assert.False(t, st.file)
			assert.False(t, st.several)
		})
	}
}

func TestParseLeavesOthersWhole(t *testing.T) {
	for _, text := range []string{
		"SELECT 1", "INSERT INTO t SELECT 1", "INSERT INTO t SELECT * FROM format(CSV, '1') FORMAT Null",
		"INSERT INTO t WITH 1 AS values SELECT values", "INSERT INTO t (a) FROM INFILE 'x' FORMAT CSV",
		"EXPLAIN INSERT INTO t VALUES (1)", "CREATE TABLE t (a UInt8 DEFAULT 1) ENGINE = Memory", "",
		"INSERT INTO t; DROP TABLE x; INSERT INTO y VALUES (1)", "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
	} {
		assert.False(t, parse(text).insert, text)
	}
}

func TestParseOutputFormat(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1":              "",
		"SELECT 1 FORMAT JSON":  "JSON",
		"SELECT 1 format JSON;": "JSON",
		"SELECT 'FORMAT x' AS format, 1 FORMAT CSV": "CSV",
		"SELECT 1 SETTINGS a=1 FORMAT CSV -- end":   "CSV",
		"SELECT 1 FORMAT CSV SETTINGS a=1":          "CSV",
		"SELECT * FROM (SELECT 1 FORMAT Null)":      "",
		"SHOW TABLES FORMAT Vertical":               "Vertical",
	} {
		assert.Equal(t, want, parse(text).outFormat, text)
	}
}

func TestParseCountsStatements(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT 1": false, "SELECT 1;": false, "SELECT 1; -- end": false, ";;SELECT 1 ; ; ": false,
		"SELECT ';' ; /* ; */": false, "SELECT $$;$$, $a$ ; $a$": false, "SELECT ‘;’": false,
		"SELECT 1; SELECT 2": true, "SELECT '\\'; SELECT 2'; x": true, "DROP TABLE t;\nSELEC": true,
		"SELECT 1 -- ;\n; SELECT 2": true, "SELECT a$$ ; SELECT $$": true, "SELECT 1$$;$$": false,
	} {
		assert.Equal(t, want, parse(text).several, text)
	}
}

func TestParseEnd(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1;":                "SELECT 1",
		"SELECT 1 -- note":         "SELECT 1",
		"SELECT 1; /* x */ ; -- y": "SELECT 1",
		"(SELECT 1)":               "(SELECT 1)",
		"SELECT '; '":              "SELECT '; '",
	} {
		assert.Equal(t, want, text[:parse(text).end], text)
	}
}

func TestParseFindsFileClauses(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT 1 INTO OUTFILE 'x'":                                       true,
		"SELECT 1 into /* */ outfile 'x' FORMAT CSV":                      true,
		"INSERT INTO t FROM INFILE 'x' FORMAT CSV":                        true,
		"INSERT INTO t (a) from\ninfile 'x'":                              true,
		"INSERT INTO t SELECT 1 INTO OUTFILE 'y'":                         true,
		"SELECT $$'$$ INTO OUTFILE '/tmp/x'":                              true,
		"INSERT INTO t SETTINGS a=$$'$$ FROM INFILE '/x' FORMAT CSV -- '": true,
		"INSERT INTO a$$ FROM INFILE '$$' FORMAT CSV":                     true,
		"INSERT INTO t FROM // x\n INFILE 'x'":                            true,
		"INSERT INTO t FROM -- x\n INFILE 'x'":                            true,
		"INSERT INTO t FROM\u00a0INFILE 'x'":                              true,
		"SELECT 'INTO OUTFILE'":                                           false,
		"SELECT 1 -- INTO OUTFILE":                                        false,
		"INSERT INTO t VALUES ('FROM INFILE')":                            false,
		"INSERT INTO t SELECT 'FROM INFILE'":                              false,
	} {
		assert.Equal(t, want, parse(text).file, text)
	}
}

func TestParseFindsFunctionFile(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT file('/x')":                          true,
		"SELECT `file`('/x')":                        true,
		`SELECT "file" /* */ ('/x')`:                 true,
		`SELECT "\x66ile"('/x')`:                     true,
		"SELECT “file”('/x')":                        true,
		"SELECT * APPLY file FROM t":                 true,
		"SELECT * APPLY(file) FROM t":                true,
		"SELECT arrayMap(file, ['/x'])":              true,
		"SELECT arrayMap(x -> file(x), ['/x'])":      true,
		"SELECT * FROM file('/x', 'CSV')":            true,
		"INSERT INTO FUNCTION file('/x') SELECT 1":   true,
		"CREATE VIEW v AS SELECT file('/x')":         true,
		"SELECT file FROM t":                         false,
		"SELECT max(file), file, (file, 1) FROM t":   false,
		"SELECT 'file('":                             false,
		"INSERT INTO t (file, b) VALUES ('a', 'b')":  false,
		"INSERT INTO file (a) VALUES (1)":            false,
		"INSERT INTO t VALUES (file('x'))":           false, // the data's own parser knows no such call
		"CREATE TABLE IF NOT EXISTS file (a UInt8)":  false,
		"CREATE TABLE d.file (a UInt8)":              false,
		"SELECT profile('x'), myfile(1), FILE('/x')": false,
	} {
		assert.Equal(t, want, parse(text).readsFile, text)
	}
}

func TestChangesSession(t *testing.T) {
	for text, want := range map[string]bool{
		"SET a = 1": true, "USE x": true, "CREATE TEMPORARY TABLE t (a UInt8)": true, "CREATE OR REPLACE TEMPORARY TABLE t (a UInt8)": true,
		"DROP TEMPORARY TABLE t": true, "CREATE TABLE t (a UInt8)": false, "SELECT 1": false, "-- x\nset a=1": true,
	} {
		st := parse(text)
		assert.Equal(t, want, st.changesSession(), text)
	}
}

func TestQuote(t *testing.T) {
	assert.Equal(t, `'a\'b\\'`, quoteText(`a'b\`))
	assert.Equal(t, "`a\\`b\\\\`", quoteName("a`b\\"))
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"SELECT 1", "INSERT INTO t (a) FORMAT CSV\n1", "INSERT INTO t VALUES (1)", "SELECT $$'$$ INTO OUTFILE 'x'",
		"/* /* */ */ -- \n # x\n SELECT ‘a’, “b”, `c`, \"d\", 'e\\'", "insert into a.b settings x=1 values (';')",
		"SELECT 1; SELECT 2", "(((", ")))", "$a$", "INSERT INTO FORMAT", "INSERT", "\xff\xfe", "'\\",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		st := parse(text)
		if st.end < 0 || st.end > len(text) || st.data < 0 || st.data > len(text) {
			t.Fatalf("offsets outside the text: %+v", st)
		}
		if st.insert && (len(st.head) > st.data || !strings.HasPrefix(text, st.head) || st.format == "") {
			t.Fatalf("insert: %+v", st)
		}
		if st.insert && st.several {
			t.Fatalf("several statements are one insert: %+v", st)
		}
		// What stands before a blank does not change what is found.
		if again := parse(" \n" + text); again.verb != st.verb || again.insert != st.insert || again.file != st.file || again.several != st.several {
			t.Fatalf("a blank in front changes %+v to %+v", st, again)
		}
		// Tokens lie in order, inside the text, and the lexer always comes to an end.
		l := lexer{sql: text}
		for at := 0; ; {
			tok := l.next()
			if tok.kind == tokenEnd {
				break
			}
			if tok.start < at || tok.end <= tok.start || tok.end > len(text) {
				t.Fatalf("token %+v after %d", tok, at)
			}
			at = tok.end
			if tok.kind == tokenWord && !utf8.ValidString(tok.text) {
				t.Fatalf("word %q", tok.text)
			}
		}
		// A quoted text is one token.
		if q := parse("SELECT " + quoteText(text) + ", " + quoteName(text) + " FORMAT CSV"); q.file || q.several || q.outFormat != "CSV" {
			t.Fatalf("quoting %q breaks out: %+v", text, q)
		}
	})
}
