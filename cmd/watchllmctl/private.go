package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// privateInstance is a WatchLLM of this command's own: the given configuration on ports and in a folder that nobody else uses.
type privateInstance struct {
	dir     string
	configs []string
	layout  layout
	process *process
}

// newPrivateInstance prepares folder and addresses and puts them into the environment that the configuration reads. Nothing runs yet.
func newPrivateInstance(ctx context.Context, config, overrides string) (*privateInstance, error) {
	dir, err := os.MkdirTemp("", "watchllm-private-")
	if err != nil {
		return nil, err
	}
	p := &privateInstance{dir: dir, configs: []string{config, filepath.Join(dir, "overrides.yaml")}}
	if err := p.prepare(ctx, overrides); err != nil {
		p.remove()
		return nil, err
	}
	return p, nil
}

func (p *privateInstance) prepare(ctx context.Context, overrides string) error {
	if err := os.WriteFile(p.configs[1], []byte(overrides), 0o600); err != nil {
		return err
	}
	ports, err := freePorts(7)
	if err != nil {
		return err
	}
	variables := []string{
		"WATCHLLM_OTLP_GRPC_ENDPOINT", "WATCHLLM_OTLP_HTTP_ENDPOINT", "WATCHLLM_EVENTS_ENDPOINT", "WATCHLLM_QUERY_ENDPOINT",
		"WATCHLLM_CLICKHOUSE_ENDPOINT", "WATCHLLM_HEALTH_ENDPOINT",
	}
	env := map[string]string{
		"WATCHLLM_DATA_DIR": p.dir, "WATCHLLM_METRICS_HOST": "127.0.0.1", "WATCHLLM_METRICS_PORT": strconv.Itoa(ports[len(variables)]),
	}
	for i, name := range variables {
		env[name] = net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[i]))
	}
	for name, value := range env {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	if p.layout, err = readLayout(ctx, p.configs[0]); err != nil {
		return err
	}
	switch {
	case !p.layout.embedded:
		return fmt.Errorf("%s: has no chdb extension in service::extensions; this command needs a configuration with the embedded engine, such as collector.yaml", p.configs[0])
	case p.layout.keysFile == "":
		return fmt.Errorf("%s: has no api_key_auth extension with a keys_file; each case is kept apart by a key of its own", p.configs[0])
	}
	return ensureEngine(ctx, p.layout.library)
}

// Ports below those that the kernel gives to outgoing connections, and not the default ones.
const firstPrivatePort, privatePorts = 20_000, 12_000

func freePorts(n int) ([]int, error) {
	var out []int
	var last error
	for range 100 * n {
		if len(out) == n {
			return out, nil
		}
		port := firstPrivatePort + rand.IntN(privatePorts)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			last = err
			continue
		}
		defer func() { _ = l.Close() }()
		out = append(out, port)
	}
	return nil, fmt.Errorf("no free ports above %d: %w", firstPrivatePort, last)
}

// addTenant makes a tenant with a key that may send.
func (p *privateInstance) addTenant(name string) (string, error) {
	key, _, err := apikey.Create(p.layout.keysFile, apikey.Record{
		Tenant: name, Project: tenancy.Default, Name: "private", Roles: []tenancy.Role{tenancy.RoleIngest},
	}, time.Now())
	if err != nil {
		return "", err
	}
	return key.Reveal(), nil
}

func (p *privateInstance) start(ctx context.Context) error {
	var err error
	if p.process, err = startCollector(filepath.Join(p.dir, "collector.log"), p.configs...); err != nil {
		return err
	}
	ready := make(chan error, 1)
	readyCtx, cancel := context.WithTimeout(ctx, privateStart)
	defer cancel()
	go func() { ready <- waitReady(readyCtx, p.layout) }()
	select {
	case err := <-p.process.done:
		p.process.done <- err
		if err = p.process.stopped(err); err == nil {
			err = errors.New("the collector ended at its start")
		}
		return err
	case err := <-ready:
		return err
	}
}

const privateStart = 2 * time.Minute

func (p *privateInstance) stop() error {
	if p.process == nil {
		return nil
	}
	err := p.process.stop()
	p.process.log.Close()
	p.process = nil
	return err
}

// restartHard ends the collector as a crash would and starts it on the same data.
func (p *privateInstance) restartHard(ctx context.Context) error {
	_ = p.process.cmd.Process.Kill()
	<-p.process.done
	p.process.log.Close()
	p.process = nil
	return p.start(ctx)
}

func (p *privateInstance) remove() {
	_ = p.stop()
	_ = os.RemoveAll(p.dir)
}

// metric adds up the series of a metric on the collector's own metrics page; ok is false while there is none.
func (p *privateInstance) metric(ctx context.Context, name string) (sum float64, ok bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url(p.layout.metrics, "http")+"/metrics", nil)
	if err != nil {
		return 0, false, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, false, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		series, value, found := strings.Cut(lines.Text(), " ")
		if base, _, _ := strings.Cut(series, "{"); !found || base != name {
			continue
		}
		if at := strings.LastIndexByte(value, ' '); at >= 0 {
			value = value[at+1:]
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, false, fmt.Errorf("metric %s: %w", name, err)
		}
		sum, ok = sum+n, true
	}
	return sum, ok, lines.Err()
}
