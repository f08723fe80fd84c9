package engineproc

// Exit codes of watchllm-engine. The reason, with its cure, is the last line on
// its stderr.
const (
	ExitOK      = 0
	ExitFailure = 1  // anything else
	ExitUsage   = 2  // a flag is wrong
	ExitLibrary = 10 // libchdb is missing or cannot be loaded
	ExitLocked  = 11 // another engine uses the data directory
	ExitListen  = 12 // the address cannot be listened on
	ExitFolder  = 13 // the data directory or password file cannot be read or written
	ExitData    = 14 // the engine does not open the data directory
	ExitSandbox = 15 // the sandbox cannot be entered
)

// ReasonPrefix begins the line on stderr that says why watchllm-engine ends.
const ReasonPrefix = "watchllm-engine: "

var exitReasons = map[int]string{
	ExitFailure: "failed",
	ExitUsage:   "was given a wrong flag",
	ExitLibrary: "has no library",
	ExitLocked:  "found its data directory in use by another engine",
	ExitListen:  "cannot listen on its address",
	ExitFolder:  "cannot use its data directory or password file",
	ExitData:    "cannot open the data in its directory",
	ExitSandbox: "cannot enter its sandbox",
}
