package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/watchllm/watchllm/internal/captures"
	"github.com/watchllm/watchllm/internal/conformance"
)

// Every recorded client through the built binaries into the store: what it then says must be exactly what the bytes allow, however the
// spans were cut into requests, and also when the collector was killed in between.
func TestConformance(t *testing.T) {
	needEngine(t)
	folders, err := filepath.Glob(filepath.Join(root(), "internal/testkit/testdata/captures*"))
	if err != nil || len(folders) == 0 {
		t.Fatal("no captures", err)
	}
	for _, folder := range folders {
		cases, err := captures.Read(os.DirFS(folder), folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"--order", "request"}, {"--order", "spans"}, {"--order", "shuffled"}, {"--order", "twice"},
			{"--order", "shuffled", "--seed", "2", "--kill"},
		} {
			t.Run(filepath.Base(folder)+" "+strings.Join(args, " "), func(t *testing.T) {
				out := ctl(t, nil, append([]string{"conformance", "--captures", folder}, args...)...)
				results := readResults(t, out)
				if len(results) != len(cases) {
					t.Fatalf("%d results for %d cases", len(results), len(cases))
				}
				for i := range cases {
					if e := cases[i].Expect; e != nil && !results[i].Meets(e) {
						t.Error(results[i].Difference(e))
					}
				}
			})
		}
	}
}

func readResults(t *testing.T, out string) []conformance.Result {
	t.Helper()
	var results []conformance.Result
	lines := bufio.NewScanner(strings.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "{") {
			continue // the summary on stderr
		}
		var r conformance.Result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	return results
}
