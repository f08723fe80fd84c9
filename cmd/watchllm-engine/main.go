// Command watchllm-engine serves ClickHouse's HTTP interface from libchdb, in a
// process of its own. The chdb extension of the collector supervises it; it can
// also be run by hand.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
)

func main() {
	start := time.Now()
	o, err := readFlags(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(engineproc.ExitOK)
	}
	if err == nil {
		err = run(o, start)
	}
	if err == nil {
		os.Exit(engineproc.ExitOK)
	}
	fmt.Fprintf(os.Stderr, "%s%s\n", engineproc.ReasonPrefix, err)
	code := engineproc.ExitFailure
	var f *failure
	if errors.As(err, &f) {
		code = f.code
	}
	os.Exit(code)
}

// failure is an error whose kind the supervisor learns from the exit code.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func failed(code int, format string, args ...any) error {
	return &failure{code, fmt.Errorf(format, args...)}
}
