package llmeventreceiver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRoutesAreListed keeps the list of vendors' routes by which the tenancy test knows that it has tried them all. After a change run
// it with -update, and add an attempt for a new route to vendorDoors in test/e2e.
func TestRoutesAreListed(t *testing.T) {
	var routes []string
	for _, d := range vendors {
		routes = append(routes, d.Routes...)
		routes = append(routes, d.OTLP...)
	}
	list, file := strings.Join(routes, "\n")+"\n", filepath.Join("testdata", "foreign_routes.txt")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(list), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), list)
}
