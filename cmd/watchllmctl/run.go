package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/chdb/library"
	"github.com/watchllm/watchllm/internal/replay"
	"github.com/watchllm/watchllm/internal/tenancy"
)

type runOptions struct {
	config  string
	dataDir string
	demo    bool
	// A first start waits for the engine to open its data; a large store takes its time.
	readyTimeout time.Duration
}

func newRunCommand() *cobra.Command {
	o := runOptions{}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Start WatchLLM on this machine and say where to send and where to look",
		Long: `Run prepares what a first start needs (data directory, API key, ClickHouse engine library),
starts the collector with the given configuration and prints the addresses once everything answers.
It can be called again and again: what is there is kept. Ctrl-C stops it cleanly.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), cmd.OutOrStdout(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.config, "config", "collector.yaml", "collector configuration")
	f.StringVar(&o.dataDir, "data-dir", defaultDataDir(), "where data and keys live (WATCHLLM_DATA_DIR)")
	f.BoolVar(&o.demo, "demo", false, "send a day of realistic conversations once it is up")
	f.DurationVar(&o.readyTimeout, "ready-timeout", 2*time.Minute, "how long to wait until everything answers")
	return cmd
}

func run(ctx context.Context, out io.Writer, o runOptions) error {
	dataDir, err := filepath.Abs(o.dataDir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return fmt.Errorf("the data directory cannot be made: %w; set WATCHLLM_DATA_DIR to a folder you may write", err)
	}
	// The configuration names its paths through this variable.
	if err := os.Setenv("WATCHLLM_DATA_DIR", dataDir); err != nil {
		return err
	}
	l, err := readLayout(ctx, o.config)
	if err != nil {
		return err
	}
	release, err := claim(dataDir)
	if err != nil {
		return err
	}
	defer release()
	if err := checkPorts(ctx, l); err != nil {
		return err
	}
	if l.embedded {
		if err := ensureEngine(ctx, l.library); err != nil {
			return err
		}
	}
	plainKey := filepath.Join(dataDir, "api-key")
	key, created := "", false
	if l.keysFile != "" {
		if key, created, err = apikey.EnsureFirst(l.keysFile, plainKey, tenancy.Default, tenancy.Default); err != nil {
			return err
		}
	}
	var tenants []replay.Tenant
	if o.demo {
		if tenants, err = ensureDemoKeys(l.keysFile, dataDir, key); err != nil {
			return err
		}
	}

	collector, err := startCollector(filepath.Join(dataDir, "collector.log"), o.config)
	if err != nil {
		return err
	}
	defer collector.log.Close()
	ready := make(chan error, 1)
	readyCtx, cancel := context.WithTimeout(ctx, o.readyTimeout)
	defer cancel()
	go func() { ready <- waitReady(readyCtx, l) }()

	headline := "WatchLLM is up."
	select {
	case err := <-collector.done:
		return collector.stopped(err)
	case <-ctx.Done():
		return collector.stop()
	case err := <-ready:
		if ctx.Err() != nil {
			return collector.stop()
		}
		if err != nil {
			headline = fmt.Sprintf("WatchLLM takes data, but not everything answers yet (%v).\nWhat is sent is kept and stored later; the reason is in %s.", err, short(collector.log.Name()))
		}
	}
	banner{headline: headline, layout: l, key: key, keyIsNew: created, keyFile: plainKey, dataDir: dataDir, logFile: collector.log.Name()}.print(out)
	if o.demo {
		if err := runDemo(ctx, out, l, tenants, dataDir); err != nil && ctx.Err() == nil {
			fmt.Fprintln(out, "demo:", err)
		}
	}
	select {
	case err := <-collector.done:
		return collector.stopped(err)
	case <-ctx.Done():
		return collector.stop()
	}
}

// ensureEngine brings the engine's library when it is not there; on a terminal it shows how far it is.
func ensureEngine(ctx context.Context, explicit string) error {
	_, err := library.Find(explicit)
	if err == nil || explicit != "" {
		return err
	}
	bar := &progressBar{out: os.Stderr, terminal: isTerminal(os.Stderr)}
	defer bar.end()
	installer := library.Installer{Progress: bar.show}
	_, err = installer.Install(ctx)
	return err
}

// waitReady returns when the collector says that all of it has started and the query API that the store answers, or the reason why
// they do not. The query API starts before the receivers: its word alone is too early.
func waitReady(ctx context.Context, l layout) error {
	var addresses []string
	if l.health != "" {
		addresses = append(addresses, url(l.health, "http"))
	}
	if l.query != "" {
		addresses = append(addresses, url(l.query, "http")+"/readyz")
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for _, address := range addresses {
		for {
			last := probe(ctx, address)
			if last == nil {
				break
			}
			select {
			case <-ctx.Done():
				return last
			case <-tick.C:
			}
		}
	}
	return nil
}

func probe(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, resp.Status)
	}
	return nil
}
