package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/watchllm/watchllm/internal/chdb/library"
)

func newEngineCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "engine",
		Short: "Bring and check the embedded ClickHouse engine's library",
	}
	cmd.AddCommand(newEngineInstallCommand(), newEngineStatusCommand())
	return cmd
}

func newEngineInstallCommand() *cobra.Command {
	var force, quiet bool
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Fetch libchdb " + library.Version + " with npm, verify it and put it into the cache folder",
		Long: `Fetches the pinned libchdb package with the ordinary npm client, compares its
size and checksum with the pinned ones, and puts the library into the cache
folder ($WATCHLLM_CACHE_DIR moves it). Does nothing when it is there.`,
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			bar := &progressBar{out: cmd.ErrOrStderr(), terminal: isTerminal(cmd.ErrOrStderr())}
			installer := library.Installer{Force: force, Progress: bar.show}
			if quiet {
				installer.Progress = nil
			}
			path, err := installer.Install(cmd.Context())
			bar.end()
			if err != nil {
				return err
			}
			if !quiet {
				fmt.Fprintf(cmd.OutOrStdout(), "libchdb %s is at %s\n", library.Version, path)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "fetch the library again although it is there")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print errors only")
	return cmd
}

func newEngineStatusCommand() *cobra.Command {
	var verify bool
	cmd := &cobra.Command{
		Use:          "status",
		Short:        "Say whether the library is there, which version and where",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "version:  %s\n", library.Version)
			if pkg, err := library.ForThisMachine(); err != nil {
				fmt.Fprintf(out, "platform: %s\n", err)
			} else {
				fmt.Fprintf(out, "package:  %s\n", pkg.Spec())
			}
			path, err := library.Find("")
			var missing *library.MissingError
			if errors.As(err, &missing) {
				fmt.Fprintf(out, "library:  missing, looked for %s\n", strings.Join(missing.Looked, " and "))
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "library:  %s\n", path)
			if !verify {
				return nil
			}
			if err := library.CheckInstalled(cmd.Context(), path); err != nil {
				return err
			}
			fmt.Fprintln(out, "checksum: right")
			return nil
		},
	}
	cmd.Flags().BoolVar(&verify, "verify", false, "compare the whole library with the pinned checksum")
	return cmd
}

// progressBar shows an installation on one line of a terminal, or as a line now
// and then where there is none.
type progressBar struct {
	out      io.Writer
	terminal bool
	phase    string
	last     time.Time
	open     bool
}

const progressLineEvery = 5 * time.Second

func (b *progressBar) show(p library.Progress) {
	if b.terminal {
		fmt.Fprintf(b.out, "\r\x1b[K%s", progressText(p))
		b.open = true
		return
	}
	if p.Phase == b.phase && time.Since(b.last) < progressLineEvery {
		return
	}
	b.phase, b.last = p.Phase, time.Now()
	fmt.Fprintln(b.out, progressText(p))
}

func (b *progressBar) end() {
	if b.open {
		fmt.Fprintln(b.out)
	}
}

func progressText(p library.Progress) string {
	text := map[string]string{
		library.PhaseWait:     "waiting for another installation",
		library.PhaseDownload: "fetching libchdb " + library.Version,
		library.PhaseVerify:   "verifying the checksum",
		library.PhaseUnpack:   "unpacking the library",
	}[p.Phase]
	switch {
	case p.Total > 0 && p.Done > 0:
		text += fmt.Sprintf("  %d of %d MB", p.Done/1e6, p.Total/1e6)
	case p.Total > 0:
		text += fmt.Sprintf("  %d MB", p.Total/1e6)
	}
	return fmt.Sprintf("%s  %s", text, p.Elapsed.Round(time.Second))
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
