package chdb

// Stats are the engine's counters for one statement.
type Stats struct {
	RowsRead, BytesRead, RowsWritten, BytesWritten uint64
}

// Param is the value of one {name:Type} placeholder, in ClickHouse's escaped
// text form.
type Param struct{ Name, Value string }

// Class is the kind of a text as the engine's parser sees it.
type Class struct {
	Statements int
	ReadOnly   bool
	// Control is set for what acts on the session, on the server or on files:
	// SET, SYSTEM, KILL, a query with INTO OUTFILE.
	Control bool
}
