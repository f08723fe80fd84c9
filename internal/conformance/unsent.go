package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/watchllm/watchllm/internal/captures"
)

// signals are what a file of a case may be; metrics are known and left out.
var signals = []string{"traces", "logs", "native", "metrics"}

// Unsent says which files of a case nobody will send, because their signal is not known.
func Unsent(c *captures.Case) (out []string) {
	for _, f := range c.Files {
		if !slices.Contains(signals, f.Signal) {
			out = append(out, fmt.Sprintf("%s: signal %q is not sent; want %s", c.Name(), f.Signal, strings.Join(signals[:3], ", ")))
		}
	}
	return out
}
