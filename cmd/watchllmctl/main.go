// Command watchllmctl is the operator's tool: it starts WatchLLM on one machine and looks after keys,
// prices, the engine, the dead-letter folder and replays.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newRootCommand().ExecuteContext(ctx); err != nil {
		var code exitCode
		if errors.As(err, &code) {
			os.Exit(int(code))
		}
		fmt.Fprintln(os.Stderr, "watchllmctl:", err)
		os.Exit(1)
	}
}

// exitCode ends the process with a code of a child's, which has already said why.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit status %d", int(c)) }

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "watchllmctl",
		Short:         "Run and look after WatchLLM",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		newRunCommand(),
		newEngineCommand(),
		newKeysCommand(),
		newPricesCommand(),
		newRerateCommand(),
		newReplayCommand(),
		newConformanceCommand(),
		newDeadletterCommand(),
	)
	return root
}
