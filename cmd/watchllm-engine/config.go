package main

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
)

//go:embed config.xml.tmpl
var configText string

//go:embed users.xml.tmpl
var usersText string

// engineConfig is what the templates of the engine's configuration need.
type engineConfig struct {
	UsersFile, LogFolder                string
	Memory, QueryMemory                 int64
	QueryTime, ResultRows, ResultBytes  int64
	Databases                           []string
	MarkCache, IndexCache, BiggestMerge int64
	MergeMemory                         int64
	Pool                                int
	PlainValues                         bool
}

func newEngineConfig(o engineproc.Options, f folder) engineConfig {
	return engineConfig{
		UsersFile:   filepath.Join(f.config(), "users.xml"),
		LogFolder:   f.logs(),
		Memory:      o.MemoryLimit,
		QueryMemory: o.QueryMemory,
		QueryTime:   int64(math.Ceil(o.QueryTime.Seconds())),
		ResultRows:  o.ResultRows,
		ResultBytes: o.ResultBytes,
		Databases:   o.Databases,
		// The engine's own defaults are made for servers: 5 GiB of mark cache.
		MarkCache:    o.MemoryLimit / 16,
		IndexCache:   o.MemoryLimit / 16,
		MergeMemory:  o.MemoryLimit / 2,
		BiggestMerge: 10 << 30,
		PlainValues:  !sandboxed(),
		Pool:         max(2, min(8, runtime.NumCPU())),
	}
}

// writeConfig writes the engine's configuration and returns the file to start
// it with. Without one the engine would read config.xml from the working
// directory and from the user's clickhouse-local folder.
func writeConfig(c engineConfig, f folder) (string, error) {
	files := map[string]string{"config.xml": configText, "users.xml": usersText}
	for name, text := range files {
		content, err := render(text, c)
		if err == nil {
			err = writeFile(filepath.Join(f.config(), name), content, 0o600)
		}
		if err != nil {
			return "", failed(engineproc.ExitFolder, "the engine's configuration cannot be written: %w", err)
		}
	}
	return filepath.Join(f.config(), "config.xml"), nil
}

func render(text string, c engineConfig) ([]byte, error) {
	t, err := template.New("").Funcs(template.FuncMap{"xml": escapeXML}).Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, c)
	return b.Bytes(), err
}

func escapeXML(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
