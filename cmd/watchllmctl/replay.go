package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/replay"
)

type replayOptions struct {
	demo     bool
	captures string

	endpoint   string
	protocol   string
	key        string
	keyFile    string
	tenantKeys []string
	patience   time.Duration
	quiet      bool

	seed   uint64
	spread time.Duration
	traces int
	until  string

	glob      string
	order     string
	signals   []string
	keepTimes bool
	newIDs    bool
}

func newReplayCommand() *cobra.Command {
	o := replayOptions{}
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Send made-up conversations or recorded requests to a running collector",
		Long: `Replay sends telemetry over OTLP as an application would.

With --demo it makes conversations up: agents with tools, retrieval, streams, errors, cached tokens and reasoning, over several
models and providers, spread over the last day. Each run is new traffic; with --seed (and --until) the same one is sent again.

With --captures it sends the OTLP requests that a folder of recordings lists in its index.json. By default each recorded case is
moved so that it ends now.

It obeys Retry-After, reports what was accepted and what was not, and fails when anything was lost.`,
		Example: `  watchllmctl replay --demo
  watchllmctl replay --demo --traces 2000 --spread 168h --tenant-keys acme.key --tenant-keys globex.key
  watchllmctl replay --captures internal/testkit/testdata/captures --case 'opentelemetry-*' --order shuffled`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.demo, "demo", false, "send made-up conversations")
	f.StringVar(&o.captures, "captures", "", "send the recorded requests of this folder")
	f.StringVar(&o.endpoint, "endpoint", "", "where to send (default "+replay.DefaultHTTPEndpoint+", or "+replay.DefaultGRPCEndpoint+" with --protocol grpc)")
	f.StringVar(&o.protocol, "protocol", string(replay.HTTP), "http or grpc")
	f.StringVar(&o.key, "api-key", "", "API key (better: --api-key-file, which does not show in the process list)")
	f.StringVar(&o.keyFile, "api-key-file", "", "file that holds the API key (default: api-key in the data directory, if there)")
	f.StringArrayVar(&o.tenantKeys, "tenant-keys", nil, "file with the API key of a further tenant for --demo; may be repeated")
	f.DurationVar(&o.patience, "patience", time.Minute, "how long to retry a request while the collector is absent or busy")
	f.BoolVar(&o.quiet, "quiet", false, "no progress, only the summary")
	f.Uint64Var(&o.seed, "seed", 0, "what --demo makes up, ids included; 0 draws a new seed")
	f.DurationVar(&o.spread, "spread", replay.DefaultSpread, "how far back the conversations of --demo go")
	f.IntVar(&o.traces, "traces", replay.DefaultTraces, "at least how many traces --demo sends")
	f.StringVar(&o.until, "until", "", "when the last conversation of --demo ends, RFC 3339 (default: now)")
	f.StringVar(&o.glob, "case", "", "glob over client@version/scenario, client@version or scenario of --captures (default: all)")
	f.StringVar(&o.order, "order", string(replay.OrderRequest), "how --captures cuts the spans into requests: "+orderNames())
	f.StringSliceVar(&o.signals, "signals", []string{"traces", "logs"}, "signals of --captures to send: traces, metrics, logs")
	f.BoolVar(&o.keepTimes, "keep-times", false, "leave the recorded times of --captures")
	f.BoolVar(&o.newIDs, "new-ids", false, "give the traces and spans of --captures new ids")
	cmd.MarkFlagsOneRequired("demo", "captures")
	cmd.MarkFlagsMutuallyExclusive("demo", "captures")
	cmd.MarkFlagsMutuallyExclusive("api-key", "api-key-file")
	return cmd
}

func orderNames() string {
	names := make([]string, len(replay.Orders))
	for i, o := range replay.Orders {
		names[i] = string(o)
	}
	return strings.Join(names, ", ")
}

// endpointVariables move the collector's addresses in collector.yaml, so they move where to send.
var endpointVariables = map[replay.Protocol]string{replay.HTTP: "WATCHLLM_OTLP_HTTP_ENDPOINT", replay.GRPC: "WATCHLLM_OTLP_GRPC_ENDPOINT"}

func (o *replayOptions) run(cmd *cobra.Command) error {
	key, err := o.firstKey()
	if err != nil {
		return err
	}
	if variable := endpointVariables[replay.Protocol(o.protocol)]; o.endpoint == "" && os.Getenv(variable) != "" {
		o.endpoint = url(os.Getenv(variable), "http")
	}
	target := replay.Target{Endpoint: o.endpoint, Protocol: replay.Protocol(o.protocol), Patience: o.patience}
	progress := newProgressLine(cmd.ErrOrStderr(), o.quiet)
	var sum replay.Summary
	if o.demo {
		sum, err = o.sendDemo(cmd, target, key, progress)
	} else {
		sum, err = replay.Captures(cmd.Context(), replay.CaptureOptions{
			Target: target, Tenant: replay.Tenant{Name: "default", Key: key}, Dir: o.captures, Case: o.glob, Order: replay.Order(o.order),
			KeepTimes: o.keepTimes, NewIDs: o.newIDs, Signals: o.signals,
			Progress: func(name string, done, total int) { progress.show("case %d of %d  %s", done, total, name) },
		})
	}
	progress.clear()
	if sum.Records > 0 || len(sum.Skipped) > 0 {
		sum.Print(cmd.OutOrStdout())
	}
	if errors.Is(err, replay.ErrRefused) {
		return fmt.Errorf("%w; name a valid key with --api-key-file", err)
	}
	return err
}

func (o *replayOptions) sendDemo(cmd *cobra.Command, target replay.Target, key string, progress *progressLine) (replay.Summary, error) {
	demo := replay.DemoOptions{
		Target: target, Tenants: []replay.Tenant{{Name: "default", Key: key}}, Seed: o.seed, Spread: o.spread, Traces: o.traces,
		Progress: func(sent, total int) { progress.show("%d of %d spans", sent, total) },
	}
	for _, file := range o.tenantKeys {
		k, err := readKey(file)
		if err != nil {
			return replay.Summary{}, err
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		demo.Tenants = append(demo.Tenants, replay.Tenant{Name: name, Key: k})
	}
	if o.until != "" {
		at, err := time.Parse(time.RFC3339, o.until)
		if err != nil {
			return replay.Summary{}, fmt.Errorf("--until %q: want a time such as 2026-11-23T18:00:00Z", o.until)
		}
		demo.Until = at
	}
	return replay.Demo(cmd.Context(), demo)
}

// firstKey is the key named by a flag, else the one in the data directory, else none: a collector without auth needs none.
func (o *replayOptions) firstKey() (string, error) {
	if o.key != "" {
		return o.key, nil
	}
	if o.keyFile != "" {
		return readKey(o.keyFile)
	}
	key, err := readKey(filepath.Join(defaultDataDir(), "api-key"))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return key, err
}

func readKey(file string) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(raw))
	if key == "" || strings.ContainsAny(key, " \t\r\n") {
		return "", fmt.Errorf("%s: want one API key and nothing else", file)
	}
	return key, nil
}

// progressLine is one line that rewrites itself on a terminal and stays silent elsewhere.
type progressLine struct {
	out   io.Writer
	shown int
}

func newProgressLine(w io.Writer, quiet bool) *progressLine {
	if quiet || !isTerminal(w) {
		return &progressLine{}
	}
	return &progressLine{out: w}
}

func (p *progressLine) show(format string, args ...any) {
	if p.out == nil {
		return
	}
	text := fmt.Sprintf(format, args...)
	fmt.Fprintf(p.out, "\r%-*s", p.shown, text)
	p.shown = len(text)
}

func (p *progressLine) clear() {
	if p.out != nil && p.shown > 0 {
		fmt.Fprintf(p.out, "\r%*s\r", p.shown, "")
	}
}
