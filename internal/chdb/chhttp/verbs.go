package chhttp

import "strings"

// knownVerbs begin a statement. The list is closed because the embedded client
// gives other first words a meaning of its own: exit and its like, backslash
// commands, and bare expressions, none of which a server knows.
var knownVerbs = words(`SELECT WITH FROM VALUES INSERT SHOW DESCRIBE DESC EXPLAIN EXISTS CHECK
	CREATE ALTER DROP UNDROP TRUNCATE RENAME EXCHANGE ATTACH DETACH REPLACE OPTIMIZE DELETE UPDATE
	SET USE KILL SYSTEM GRANT REVOKE WATCH BEGIN COMMIT ROLLBACK BACKUP RESTORE MOVE EXECUTE`)

// readingVerbs begin statements that only read.
var readingVerbs = words(`SELECT WITH FROM VALUES SHOW DESCRIBE DESC EXPLAIN EXISTS CHECK`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

func contentType(format string) string {
	switch {
	case strings.HasPrefix(format, "JSON") && strings.Contains(format, "EachRow"):
		return "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(format, "JSON"):
		return "application/json; charset=UTF-8"
	case strings.HasPrefix(format, "CSV"):
		return "text/csv; charset=UTF-8; header=absent"
	case strings.HasPrefix(format, "TabSeparated"), strings.HasPrefix(format, "TSV"):
		return "text/tab-separated-values; charset=UTF-8"
	case strings.HasPrefix(format, "Pretty"), format == "Vertical", format == "Markdown", format == "Values":
		return "text/plain; charset=UTF-8"
	case format == "XML":
		return "application/xml; charset=UTF-8"
	}
	return "application/octet-stream"
}
