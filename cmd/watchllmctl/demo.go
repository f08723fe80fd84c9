package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/replay"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// demoTenants besides the default one, so that tenancy is something to look at.
var demoTenants = []string{"acme", "globex"}

// ensureDemoKeys gives each demo tenant a key, kept beside the first one. It runs before the collector starts,
// so that the keys are known when the first request comes.
func ensureDemoKeys(keysFile, dataDir, firstKey string) ([]replay.Tenant, error) {
	tenants := []replay.Tenant{{Name: tenancy.Default, Key: firstKey}}
	if keysFile == "" {
		return tenants, nil
	}
	if firstKey == "" {
		return nil, fmt.Errorf("no key of tenant %s to send with: %s holds none that works; make one with: watchllmctl keys create --tenant %s --project %s --out %s",
			tenancy.Default, filepath.Join(dataDir, "api-key"), tenancy.Default, tenancy.Default, filepath.Join(dataDir, "api-key"))
	}
	for _, name := range demoTenants {
		file := filepath.Join(dataDir, name+".key")
		key, err := readKey(file)
		if errors.Is(err, fs.ErrNotExist) {
			key, err = createDemoKey(keysFile, file, name)
		}
		if err != nil {
			return nil, err
		}
		tenants = append(tenants, replay.Tenant{Name: name, Key: key})
	}
	return tenants, nil
}

func createDemoKey(keysFile, file, tenant string) (string, error) {
	key, _, err := apikey.Create(keysFile, apikey.Record{
		Tenant: tenant, Project: tenancy.Default, Name: "demo",
		Roles: []tenancy.Role{tenancy.RoleIngest, tenancy.RoleRead},
	}, time.Now())
	if err != nil {
		return "", err
	}
	return key.Reveal(), apikey.WriteSecret(file, []byte(key.Reveal()+"\n"))
}

// runDemo sends a day of conversations to the running collector and says how to look at them.
func runDemo(ctx context.Context, out io.Writer, l layout, tenants []replay.Tenant, dataDir string) error {
	fmt.Fprintln(out, "  Sending a day of conversations ...")
	sum, err := replay.Demo(ctx, replay.DemoOptions{
		Target:  replay.Target{Endpoint: url(l.http, "http")},
		Tenants: tenants,
	})
	if sum.Records > 0 {
		sum.Print(out)
	}
	if err != nil {
		return err
	}
	if l.query != "" {
		fmt.Fprintf(out, "\n  Look at them:\n\n    curl -H \"x-api-key: $(cat %s)\" \"%s/api/v1/stats/models?hours=24\"\n\n",
			short(filepath.Join(dataDir, "api-key")), url(l.query, "http"))
	}
	return nil
}
