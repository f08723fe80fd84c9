// Package main measures what a span costs on the whole way through WatchLLM, beside contrib's ClickHouse exporter.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

// result is the last line of the output.
type result struct {
	OursDisk      float64 `json:"ours_disk_cpu_s_per_million"`
	ContribDisk   float64 `json:"contrib_disk_cpu_s_per_million"`
	OursMemory    float64 `json:"ours_memory_cpu_s_per_million"`
	ContribMemory float64 `json:"contrib_memory_cpu_s_per_million"`
	Nop           float64 `json:"nop_cpu_s_per_million"`
	OursRSS       float64 `json:"ours_peak_rss_mb"`
	ContribRSS    float64 `json:"contrib_peak_rss_mb"`
	OursSpeed     float64 `json:"ours_spans_per_s"`
	ContribSpeed  float64 `json:"contrib_spans_per_s"`
}

// run is one measurement.
type run struct{ cpu, rss, anon, speed float64 }

func main() {
	watchllm := flag.String("watchllm", "build/watchllm", "the collector to measure")
	contrib := flag.String("contrib", "build/contrib", "the collector to compare it with")
	seconds := flag.Duration("time", 12*time.Second, "how long to send in each run")
	rounds := flag.Int("rounds", 1, "runs of each variant; the median counts")
	only := flag.String("only", "", "variants to run, separated by commas: nop, ours_disk, ours_memory, contrib_disk, contrib_memory")
	profile := flag.String("pprof", "", "address at which WatchLLM offers profiles, such as 127.0.0.1:1777")
	delay := flag.Duration("delay", 0, "how long the store takes for an insert")
	flag.Parse()
	if err := measure(variants(*watchllm, *contrib, *profile), *seconds, *rounds, *only, *delay); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measure(all []variant, length time.Duration, rounds int, only string, delay time.Duration) error {
	var templates []*template
	size := 0
	for i := range 64 {
		t, n, err := newTemplate(uint64(i))
		if err != nil {
			return err
		}
		templates = append(templates, t)
		size += n
	}
	fmt.Printf("%d senders, %d spans a request, %d bytes a span, %s a run\n", senders, spansPerRequest, size/len(templates)/spansPerRequest, length)
	fmt.Println("variant          CPU-s/M spans   spans/s  peak RSS MB  of it anonymous at the end")
	runs := map[string][]run{}
	for range rounds {
		for _, v := range all {
			if only != "" && !slices.Contains(strings.Split(only, ","), v.name) {
				continue
			}
			r, err := v.measure(templates, length, delay)
			if err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
			fmt.Printf("%-16s %13.1f %9.0f %12.0f %12.0f\n", v.name, r.cpu, r.speed, r.rss, r.anon)
			runs[v.name] = append(runs[v.name], r)
		}
	}
	of := func(name string, value func(run) float64) float64 {
		if len(runs[name]) == 0 {
			return 0
		}
		var all []float64
		for _, r := range runs[name] {
			all = append(all, value(r))
		}
		slices.Sort(all)
		return math.Round(all[len(all)/2]*10) / 10
	}
	cpu, rss, speed := func(r run) float64 { return r.cpu }, func(r run) float64 { return r.rss }, func(r run) float64 { return r.speed }
	out, err := json.Marshal(result{
		OursDisk: of("ours_disk", cpu), ContribDisk: of("contrib_disk", cpu), OursMemory: of("ours_memory", cpu), ContribMemory: of("contrib_memory", cpu),
		Nop: of("nop", cpu), OursRSS: of("ours_disk", rss), ContribRSS: of("contrib_disk", rss), OursSpeed: of("ours_disk", speed), ContribSpeed: of("contrib_disk", speed),
	})
	if err != nil {
		return err
	}
	fmt.Println(string(out))
	return nil
}

// measure runs a collector of its own from start to the last row.
func (v variant) measure(templates []*template, length, delay time.Duration) (r run, err error) {
	dir, err := os.MkdirTemp("", "watchllm-bench-")
	if err != nil {
		return r, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := newSink()
	if err != nil {
		return r, err
	}
	defer s.Close()
	s.delay = delay
	config, url, key, err := v.config(dir, s.URL)
	if err != nil {
		return r, err
	}
	p, err := start(v.binary, dir, config)
	if err != nil {
		return r, err
	}
	defer p.stop()
	if err := p.ready(url); err != nil {
		return r, err
	}
	before, err := p.cpu()
	if err != nil {
		return r, err
	}
	l := &load{url: url, key: key, templates: templates}
	l.number.Store(uint64(time.Now().UnixNano()))
	begin := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	l.run(ctx)
	sent := l.accepted.Load()
	if sent == 0 {
		return r, fmt.Errorf("no request was accepted\n%s", p.tail())
	}
	for deadline := time.Now().Add(2 * time.Minute); !v.discards && s.rows.Load() < sent; <-time.After(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return r, fmt.Errorf("%d spans accepted, %d stored\n%s", sent, s.rows.Load(), p.tail())
		}
	}
	took := time.Since(begin)
	if rows := s.rows.Load(); !v.discards && rows != sent {
		fmt.Printf("%s: %d spans accepted, %d stored\n", v.name, sent, rows)
	}
	after, err := p.cpu()
	if err != nil {
		return r, err
	}
	if r.rss, err = p.memory("VmHWM"); err != nil {
		return r, err
	}
	if r.anon, err = p.memory("RssAnon"); err != nil {
		return r, err
	}
	r.cpu = (after - before) / float64(sent) * 1e6
	r.speed = float64(sent) / took.Seconds()
	if n := s.inserts.Load(); n > 0 {
		fmt.Printf("  %s: %d inserts of %d rows, %d bytes a row; %d spans refused on the way\n", v.name, n, s.rows.Load()/n, s.bytes.Load()/s.rows.Load(), l.refused.Load())
	}
	return r, nil
}
