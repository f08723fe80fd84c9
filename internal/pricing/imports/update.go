package imports

import (
	"fmt"
	"slices"
	"strings"
)

// Known answers whether the curated lists already price a name: those are not imported.
type Known func(provider, name string) bool

// A Report is what a reviewer of an update needs to see beside the prices.
type Report struct {
	Dropped       []string // entries of the newest tables that break a lint rule
	Disagreements []string // models on which the newest tables disagree, and both figures

	free   []string
	newest bool // the snapshot being read is the newest, the only one whose faults are still news
}

func (r *Report) drop(pkg, provider, name, why string) {
	if r.newest {
		r.Dropped = append(r.Dropped, fmt.Sprintf("%s: %s/%s: %s", pkg, provider, name, why))
	}
}

// A Layer is the imported layer: the text of each file by its name.
type Layer map[string]string

// Build reads the pinned packages in dir and makes the layer of them.
func Build(pins *Pins, dir string, known Known) (Layer, *Report, error) {
	rep := &Report{free: pins.Free}
	newest := map[string]string{}
	for _, pin := range pins.Packages {
		newest[pin.Package] = pin.Date
	}
	var snapshots []*snapshot
	for i := range pins.Packages {
		pin := &pins.Packages[i]
		text, err := pin.table(dir)
		if err != nil {
			return nil, nil, err
		}
		rep.newest = pin.Date == newest[pin.Package]
		read := readLiteLLM
		if pin.Package == packageGenAI {
			read = readGenAI
		}
		t, err := read(text, rep)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", pin.File, err)
		}
		t.outliers(pin.Package, rep)
		if n := len(snapshots); n == 0 || snapshots[n-1].date != pin.Date {
			snapshots = append(snapshots, &snapshot{date: pin.Date, tables: map[string]table{}})
		}
		snapshots[len(snapshots)-1].tables[pin.Package] = t
	}
	models := histories(snapshots, rep)
	for provider := range models {
		prune(provider, models[provider], known)
	}
	rep.Disagreements = slices.DeleteFunc(rep.Disagreements, func(s string) bool {
		id, _, _ := strings.Cut(s, ": ")
		provider, name, _ := strings.Cut(id, "/")
		return models[provider][name] == nil
	})
	return write(models, pins), rep, nil
}

// prune leaves out what the curated lists price, and dated names that cost what the undated one does: those are found without it.
func prune(provider string, models map[string][]period, known Known) {
	for _, name := range sortedKeys(models) {
		if len(models[name]) == 0 || known(provider, name) && !ownGeoPrice(provider, name) {
			delete(models, name)
			continue
		}
	}
	for _, name := range sortedKeys(models) {
		if base, ok := undated(name); ok && models[base] != nil && history(models[base]) == history(models[name]) {
			delete(models, name)
		}
	}
}

// ownGeoPrice reports whether a name was read because its part of the world pays another price than the model behind it.
func ownGeoPrice(provider, name string) bool {
	return provider == "aws.bedrock" && slices.ContainsFunc(bedrockGeos, func(geo string) bool { return strings.HasPrefix(name, geo) })
}

func history(periods []period) string {
	var b strings.Builder
	for _, p := range periods {
		fmt.Fprintf(&b, "%s %s %s\n", p.from, p.to, p.offer.text)
	}
	return b.String()
}

func undated(name string) (string, bool) {
	for _, layout := range []string{"-00000000", "-0000-00-00"} {
		i := len(name) - len(layout)
		if i <= 0 {
			continue
		}
		ok := true
		for j, c := range []byte(layout) {
			d := name[i+j]
			ok = ok && (c == '-' && d == '-' || c == '0' && d >= '0' && d <= '9')
		}
		if ok && strings.HasPrefix(strings.ReplaceAll(name[i:], "-", ""), "20") {
			return name[:i], true
		}
	}
	return "", false
}
