// Command generate writes the JSON Schemas of the event contracts from their registry.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/watchllm/watchllm/internal/contract"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: generate REGISTRY_DIR OUTPUT_DIR")
	}
	contracts, err := contract.Load(args[0])
	if err != nil {
		return err
	}
	for _, c := range contracts {
		text, err := c.JSONSchema()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(args[1], fmt.Sprintf("events-%d.schema.json", c.Major)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
