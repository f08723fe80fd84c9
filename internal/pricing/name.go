package pricing

import "strings"

// maxName is longer than any model name, ARN or resource path of a provider; what is longer is not looked up.
const maxName = 512

// A match is what a name led to.
type match struct {
	model    *model
	region   string // from the name itself
	snapshot bool   // found only after leaving off a date
	assumed  assumption
}

// find looks a model name up by exact probes, each with one more decoration taken off, in a fixed order. It never matches by
// beginning or similarity: a wrong guess has to miss.
func (p *provider) find(raw string) match {
	if len(raw) == 0 || len(raw) > maxName {
		return match{}
	}
	name := strings.ToLower(strings.TrimSpace(raw))
	// A client's own mark for the long context; the prompt's length says whether it was used.
	name = strings.TrimSuffix(name, "[1m]")
	if m := p.models[name]; m != nil && len(p.geos) == 0 {
		return match{model: m}
	}
	var region string
	if rest, ok := strings.CutPrefix(name, "arn:"); ok {
		kind, id, in, ok := resourceOfARN(rest)
		if !ok {
			return match{}
		}
		// A name that the user gave to just this resource, by its whole ARN or by its id.
		for _, own := range []string{name, id} {
			if m := p.models[own]; m != nil && m.user {
				return match{model: m, region: in}
			}
		}
		if kind != "inference-profile" && kind != "foundation-model" {
			return match{}
		}
		name, region = id, in
	}
	// publishers/google/models/x, projects/p/locations/l/publishers/anthropic/models/x, models/x
	if i := strings.LastIndex("/"+name, "/models/"); i >= 0 {
		name = name[i+len("models/"):]
	}
	for _, prefix := range p.prefixes {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			name = rest
			break
		}
	}
	for _, geo := range p.geos {
		if rest, ok := strings.CutPrefix(name, geo); ok {
			// A part of the world with prices of its own has them under the full name.
			if m := p.models[name]; m != nil {
				return match{model: m, region: strings.TrimSuffix(geo, ".")}
			}
			name, region = rest, strings.TrimSuffix(geo, ".")
			break
		}
	}
	m := p.probe(name)
	if m.model == nil {
		m = p.findSuffixed(name)
	}
	m.region = region
	if region == "" && len(p.geos) > 0 && vendorID(name) {
		m.region = regionalEndpoint
	}
	return m
}

// regionalEndpoint is the place of a call that went to one region and to no profile over several, unless its client left the profile off
// the name.
const regionalEndpoint = "regional"

// vendorID reports whether a name is a full id of a marketplace, as anthropic.claude-opus-4-8.
func vendorID(name string) bool {
	vendor, _, ok := strings.Cut(name, ".")
	for _, c := range vendor {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return ok && vendor != ""
}

// probe tries a bare name, then the same without what marks a version of it.
func (p *provider) probe(name string) match {
	if m := p.models[name]; m != nil {
		return match{model: m}
	}
	if base, ok := fineTuneBase(name); ok {
		if m := p.models["ft:"+base]; m != nil {
			return match{model: m}
		}
		if short, ok := dropDate(base); ok {
			if m := p.models["ft:"+short]; m != nil {
				return match{model: m, snapshot: m.snapshots}
			}
		}
		return match{}
	}
	// Vertex writes versions as model@20251001, @default or @latest.
	if base, version, ok := strings.Cut(name, "@"); ok {
		if m := p.models[base+"-"+version]; m != nil {
			return match{model: m}
		}
		if m := p.models[base]; m != nil && (version == "default" || version == "latest" || isDate(version)) {
			return match{model: m, snapshot: isDate(version) && m.snapshots}
		}
		return match{}
	}
	for _, suffix := range []string{"-latest", "-preview"} {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			if m := p.models[base]; m != nil {
				return match{model: m}
			}
		}
	}
	if base, ok := dropDate(name); ok {
		if m := p.models[base]; m != nil {
			return match{model: m, snapshot: m.snapshots}
		}
	}
	return match{}
}

// fineTuneBase is the model below ft:base:organisation:suffix:id, or below Azure's base.ft-id.
func fineTuneBase(name string) (string, bool) {
	if rest, ok := strings.CutPrefix(name, "ft:"); ok {
		base, _, _ := strings.Cut(rest, ":")
		return base, base != ""
	}
	base, _, ok := strings.Cut(name, ".ft-")
	return base, ok && base != ""
}

// dropDate takes a trailing -YYYYMMDD or -YYYY-MM-DD off.
func dropDate(name string) (string, bool) {
	for _, n := range []int{len("-20060102"), len("-2006-01-02")} {
		if i := len(name) - n; i > 0 && name[i] == '-' && isDate(name[i+1:]) {
			return name[:i], true
		}
	}
	return "", false
}

func isDate(s string) bool {
	switch len(s) {
	case len("20060102"):
	case len("2006-01-02"):
		if s[4] != '-' || s[7] != '-' {
			return false
		}
		s = s[:4] + s[5:7] + s[8:]
	default:
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	month, day := s[4:6], s[6:8]
	return s[:2] == "20" && month >= "01" && month <= "12" && day >= "01" && day <= "31"
}

// resourceOfARN takes arn:partition:service:region:account:kind/id apart. Only the ids of foundation models and of inference profiles
// say which model they are: application profiles, provisioned throughput and imported models need a name in a file of the user's.
func resourceOfARN(rest string) (kind, id, region string, ok bool) {
	parts := strings.SplitN(rest, ":", 5)
	if len(parts) != 5 {
		return "", "", "", false
	}
	kind, id, ok = strings.Cut(parts[4], "/")
	return kind, id, parts[2], ok && id != ""
}
