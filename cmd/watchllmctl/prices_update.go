package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/pricing/imports"
)

func newPricesUpdateCommand() *cobra.Command {
	var dir, from string
	var check bool
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Rebuild the imported price lists from their pinned packages",
		Long: `Reads the packages that prices/sources.yaml pins, fetching those it does not find with pip, and writes prices/imported and its compact
form. Prints what changes, on what the packages disagree, what was left out and why, and what the lint rules find.

For maintainers: run it in a checkout, review the diff, build again.`,
		Example: `  watchllmctl prices update
  watchllmctl prices update --check --from packages`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pins, err := imports.ReadPins(filepath.Join(dir, "sources.yaml"))
			if err != nil {
				return err
			}
			packages := from
			if packages == "" {
				if packages, err = os.MkdirTemp("", "watchllm-prices-"); err != nil {
					return err
				}
				defer func() { _ = os.RemoveAll(packages) }()
				err = pins.Fetch(cmd.Context(), packages, cmd.ErrOrStderr())
			} else {
				err = pins.Verify(packages)
			}
			if err != nil {
				return err
			}
			return updatePrices(cmd.OutOrStdout(), pins, packages, dir, check)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "prices", "folder with sources.yaml, curated and imported")
	cmd.Flags().StringVar(&from, "from", "", "folder that holds the packages already; nothing is fetched")
	cmd.Flags().BoolVar(&check, "check", false, "write nothing, and fail when the lists are not what the packages give")
	return cmd
}

const compactName = "imported.json.gz"

func updatePrices(out io.Writer, pins *imports.Pins, packages, dir string, check bool) error {
	curated, err := pricing.Load(os.DirFS(filepath.Join(dir, "curated")))
	if err != nil {
		return err
	}
	layer, report, err := imports.Build(pins, packages, curated.Knows)
	if err != nil {
		return err
	}
	folder := filepath.Join(dir, "imported")
	before, err := readLayer(folder)
	if err != nil {
		return err
	}
	diff, err := imports.Diff(before, layer)
	if err != nil {
		return err
	}
	section(out, "changes", diff)
	section(out, "the packages disagree", report.Disagreements)
	section(out, "left out", report.Dropped)
	if check {
		for name, text := range layer {
			if before[name] != text {
				return fmt.Errorf("%s is not what the packages give: run watchllmctl prices update", filepath.Join(folder, name))
			}
		}
		for name := range before {
			if _, ok := layer[name]; !ok {
				return fmt.Errorf("%s: the packages give no such file: run watchllmctl prices update", filepath.Join(folder, name))
			}
		}
		return nil
	}
	return writeLayer(out, folder, before, layer, filepath.Join(dir, compactName), filepath.Join(dir, "curated"))
}

func section(out io.Writer, title string, lines []string) {
	fmt.Fprintf(out, "%s: %d\n", title, len(lines))
	for _, l := range lines {
		fmt.Fprintln(out, "  "+l)
	}
}

func readLayer(folder string) (imports.Layer, error) {
	layer := imports.Layer{}
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		layer[e.Name()] = string(text)
	}
	return layer, nil
}

// writeLayer replaces the files of the layer, once the book that they make compiles.
func writeLayer(out io.Writer, folder string, before, layer imports.Layer, compactFile, curated string) error {
	staged, err := os.MkdirTemp(filepath.Dir(folder), ".imported-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(staged) }()
	for name, text := range layer {
		if err := os.WriteFile(filepath.Join(staged, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	book, err := pricing.LoadFrom(os.DirFS(staged), os.DirFS(curated))
	if err != nil {
		return fmt.Errorf("the packages give a list that does not compile: %w", err)
	}
	compact, err := pricing.Compact(os.DirFS(staged))
	if err != nil {
		return err
	}
	section(out, "lint", book.Lint())
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // source files
		return err
	}
	for name, text := range layer {
		if before[name] == text {
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil { //nolint:gosec // source files
			return err
		}
	}
	for name := range before {
		if _, ok := layer[name]; !ok && strings.HasSuffix(name, ".yaml") {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				return err
			}
		}
	}
	if old, err := os.ReadFile(compactFile); err == nil && bytes.Equal(old, compact) {
		return nil
	}
	return os.WriteFile(compactFile, compact, 0o644) //nolint:gosec // source file
}
