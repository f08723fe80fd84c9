package chhttp

import (
	"strconv"
	"strings"
)

// callsFile finds the function file(path), which reads any file with the rights
// of the process: the engine takes itself for a command-line tool and asks for
// no grant. It is called by name, applied to columns, or handed to a function of
// higher order. The kernel's sandbox stands behind this where there is one.
func (p *parser) callsFile(t token) bool {
	name, nearest := p.before[0], p.before[1]
	switch {
	case t.kind != tokenPunct:
		// APPLY file, APPLY(file)
		return namesFile(t) && (name.is("APPLY") || name.text == "(" && nearest.is("APPLY"))
	case !namesFile(name):
		return false
	case t.text == "(":
		return !isTableName(nearest)
	case t.text == ",":
		// arrayMap(file, paths)
		return nearest.text == "(" && takesFunction(p.before[2])
	}
	return false
}

// isTableName tells a table called file, before its columns, from a call.
func isTableName(before token) bool {
	return before.text == "." || before.is("INTO") || before.is("TABLE") || before.is("EXISTS")
}

func takesFunction(t token) bool {
	name := strings.ToLower(t.text)
	return t.kind == tokenWord && (strings.HasPrefix(name, "array") || strings.HasPrefix(name, "map"))
}

func namesFile(t token) bool {
	switch {
	case t.kind == tokenWord:
		return t.text == "file"
	case t.kind != tokenQuoted || t.text[0] == '\'' || len(t.text) < len(`"file"`):
		return false
	}
	switch name := strings.Trim(t.text, "\"`“”"); {
	case !strings.Contains(name, `\`):
		return name == "file"
	default:
		plain, err := strconv.Unquote(`"` + name + `"`)
		// An escape that only the engine knows may hide anything.
		return err != nil || plain == "file"
	}
}
