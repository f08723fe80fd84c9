package chhttp

import "strings"

// statement is what has to be known about a text before it is run.
type statement struct {
	verb   string // first keyword, upper case
	second string // second keyword, upper case

	// insert is set for an INSERT that carries or awaits data. head is its text
	// before the data clause, format the input format ("Values" for VALUES),
	// data the offset in the text at which inline data begins.
	insert bool
	head   string
	format string
	data   int

	outFormat string // FORMAT of a query that names one
	end       int    // where the last token ends, a closing semicolon left out
	several   bool   // a token follows a semicolon

	// file is set for INTO OUTFILE and FROM INFILE: the embedded client does
	// these itself, past the engine's access control, with the rights of the
	// process.
	file bool

	// readsFile is set for the function file(), which no grant covers.
	readsFile bool
}

func parse(text string) statement {
	p := parser{lexer: lexer{sql: text}}
	p.run()
	if p.verb == "INSERT" && !p.file {
		p.file = hidesInfile(text, p.data)
	}
	return p.statement
}

// hidesInfile is the second net under FROM INFILE, which the engine's own
// classification does not report: the word itself in a text that also uses the
// rare quotes, where a difference between two lexers could hide a clause.
func hidesInfile(text string, data int) bool {
	if data > 0 {
		text = text[:data]
	}
	return strings.ContainsAny(text, "$‘’“”") && strings.Contains(strings.ToLower(text), "infile")
}

type parser struct {
	lexer
	statement
	before    [3]token // the tokens before the current one, the nearest first
	semicolon bool
	// insertSource is set once the INSERT's own data clause can no longer come:
	// a SELECT or FROM INFILE took its place.
	insertSource bool
	target       bool // the INSERT's table was read
}

func (p *parser) run() {
	for {
		t := p.next()
		if t.kind == tokenEnd {
			return
		}
		if t.kind == tokenPunct && t.text == ";" {
			p.semicolon = p.verb != ""
			continue
		}
		if p.semicolon {
			p.several = true
		}
		p.end = t.end
		if p.token(t); p.insert {
			return
		}
		p.before[2], p.before[1], p.before[0] = p.before[1], p.before[0], t
	}
}

func (p *parser) token(t token) {
	if p.verb == "" {
		if t.kind == tokenPunct && t.text == "(" {
			return
		}
		p.verb = strings.ToUpper(t.text)
		p.depth = 0
		return
	}
	if p.second == "" && t.kind == tokenWord {
		p.second = strings.ToUpper(t.text)
	}
	if p.before[0].is("INTO") && t.is("OUTFILE") || p.before[0].is("FROM") && t.is("INFILE") {
		p.file = true
	}
	p.readsFile = p.readsFile || p.callsFile(t)
	if p.verb != "INSERT" {
		if p.before[0].is("FORMAT") && t.kind == tokenWord && p.depth <= 0 {
			p.outFormat = t.text
		}
		return
	}
	if p.depth <= 0 && !p.insertSource && !p.several {
		p.insertToken(t)
	}
}

// insertToken looks for the data clause of an INSERT among its tokens outside
// brackets: INSERT INTO [TABLE] [FUNCTION] target [(columns)] [SETTINGS ...]
// then VALUES, FORMAT name, or a query.
func (p *parser) insertToken(t token) {
	if t.kind == tokenQuoted {
		p.target = true
	}
	if t.kind != tokenWord || p.inSettings(t) {
		return
	}
	if !p.target {
		// A table may be called values or format; only these three words come
		// before it, and TABLE itself is a table's name when nothing follows.
		if !t.is("INTO") && !t.is("TABLE") && !t.is("FUNCTION") {
			p.target = true
		}
		return
	}
	if p.before[0].kind == tokenPunct && p.before[0].text == "." {
		return // the table after its database
	}
	switch strings.ToUpper(t.text) {
	case "SELECT", "WITH", "WATCH", "EXPLAIN", "FROM":
		p.insertSource = true
	case "VALUES":
		p.insert, p.head, p.format, p.data = true, p.sql[:t.start], "Values", t.end
	case "FORMAT":
		name := p.next()
		if name.kind != tokenWord {
			return
		}
		p.insert, p.head, p.format = true, p.sql[:t.start], name.text
		p.data = skipLineEnd(p.sql, name.end)
	}
}

// inSettings tells a setting's value, which may be any word, from a clause.
func (p *parser) inSettings(token) bool {
	return p.before[0].kind == tokenPunct && p.before[0].text == "="
}

// skipLineEnd passes over the blanks and the one line end after FORMAT name.
func skipLineEnd(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\f') {
		i++
	}
	if i < len(s) && s[i] == '\r' {
		i++
	}
	if i < len(s) && s[i] == '\n' {
		i++
	}
	return i
}

// streams reports whether the engine can stream the statement's output: it
// refuses everything but SELECT, and SHOW or DESCRIBE come back whole.
func (s *statement) streams() bool {
	switch s.verb {
	case "SELECT", "WITH", "FROM":
		return !s.file
	}
	return false
}

// changesSession reports whether the statement leaves something behind in its
// session, so that the connection must not serve anyone else afterwards.
func (s *statement) changesSession() bool {
	switch s.verb {
	case "SET", "USE", "BEGIN", "COMMIT", "ROLLBACK", "EXECUTE":
		return true
	case "CREATE", "DROP", "ATTACH", "DETACH", "REPLACE":
		return s.second == "TEMPORARY" || s.second == "OR"
	}
	return false
}

func quoteText(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

func quoteName(s string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(s) + "`"
}
