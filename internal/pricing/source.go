package pricing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The price files as they are written. prices/README.md describes them for those who edit them.

// sourceFile is one YAML document: one provider, or tenants.
type sourceFile struct {
	Provider  string            `yaml:"provider" json:"provider,omitzero"`
	Spellings []string          `yaml:"spellings" json:"spellings,omitzero"`
	Hosts     map[string]string `yaml:"hosts" json:"hosts,omitzero"`
	Prefixes  []string          `yaml:"prefixes" json:"prefixes,omitzero"`
	Geos      []string          `yaml:"geo_prefixes" json:"geo_prefixes,omitzero"`
	Suffixes  map[string]string `yaml:"suffixes" json:"suffixes,omitzero"`
	Families  []string          `yaml:"families" json:"families,omitzero"`
	Local     bool              `yaml:"local" json:"local,omitzero"`
	Gateway   bool              `yaml:"gateway" json:"gateway,omitzero"`
	Routes    []string          `yaml:"routes" json:"routes,omitzero"` // a gateway's: prefixes of model names that name who bills
	Vendor    bool              `yaml:"vendor" json:"vendor,omitzero"`

	Source  sourceNote              `yaml:"source" json:"source,omitzero"`
	Every   []string                `yaml:"every" json:"every,omitzero"` // rules that hold for imported models too
	Rules   map[string]sourceMode   `yaml:"rules" json:"rules,omitzero"`
	Regions map[string]sourceRegion `yaml:"regions" json:"regions,omitzero"`
	Region  string                  `yaml:"region" json:"region,omitzero"` // the region rule of every model that names none, imported ones too
	// Fees are those of tools that every model with token prices in and out can use, unless it has another; also where the model is
	// like another provider's.
	Fees      map[string]string      `yaml:"fees" json:"fees,omitzero"`
	Committed []string               `yaml:"committed" json:"committed,omitzero"` // tiers that are capacity bought in advance here
	Models    map[string]sourceModel `yaml:"models" json:"models,omitzero"`

	Tenants map[string][]sourceTenantRule `yaml:"tenants" json:"-"` // only in a user's file, in a document of its own

	file     string
	layer    int
	user     bool // the user's own: needs no witness
	imported bool // from other people's tables: no name of it says who bills

	text  []byte // of the whole file, to find lines in when there is something to say about them
	index int    // of this document in it
}

// sourceNote says where a figure was read.
type sourceNote struct {
	Page       string `yaml:"page" json:"page,omitzero"`
	Read       string `yaml:"read" json:"read,omitzero"`             // day, YYYY-MM-DD
	Via        string `yaml:"via" json:"via,omitzero"`               // tables the page's figures were taken from or checked against
	Confidence string `yaml:"confidence" json:"confidence,omitzero"` // vendor | two_tables | one_table
	Note       string `yaml:"note" json:"note,omitzero"`
}

func (n sourceNote) over(base sourceNote) sourceNote {
	if n.Page == "" {
		n.Page = base.Page
	}
	if n.Read == "" {
		n.Read = base.Read
	}
	if n.Via == "" {
		n.Via = base.Via
	}
	if n.Confidence == "" {
		n.Confidence = base.Confidence
	}
	return n
}

type sourceRegion struct {
	Only     []string `yaml:"only" json:"only,omitzero"`
	Except   []string `yaml:"except" json:"except,omitzero"`
	Times    string   `yaml:"times" json:"times,omitzero"`
	Unstated string   `yaml:"unstated" json:"unstated,omitzero"` // the assumption made when the place of a call is not known
	// Places have factors of their own, which come before the rest.
	Places []sourcePlace `yaml:"places" json:"places,omitzero"`
}

type sourcePlace struct {
	Only   []string `yaml:"only" json:"only,omitzero"`
	Times  string   `yaml:"times" json:"times,omitzero"`
	Assume string   `yaml:"assume" json:"assume,omitzero"`
}

type sourceModel struct {
	Names       []string       `yaml:"names" json:"names,omitzero"`
	Like        string         `yaml:"like" json:"like,omitzero"`   // provider/model with the same prices
	Alias       []sourceAlias  `yaml:"alias" json:"alias,omitzero"` // what a moving name stood for, and since when
	OpenWeights bool           `yaml:"open_weights" json:"open_weights,omitzero"`
	Free        bool           `yaml:"free" json:"free,omitzero"`
	Region      string         `yaml:"region" json:"region,omitzero"`
	MinSeconds  int64          `yaml:"min_seconds" json:"min_seconds,omitzero"`
	FeesAssume  string         `yaml:"fees_assume" json:"fees_assume,omitzero"`
	FeesOnce    []string       `yaml:"fees_once" json:"fees_once,omitzero"` // fees that are taken once a call, whatever the count
	Assume      string         `yaml:"assume" json:"assume,omitzero"`       // always taken for granted under this name
	Drop        []string       `yaml:"drop" json:"drop,omitzero"`           // named rules of a like model that do not hold here
	Times       string         `yaml:"times" json:"times,omitzero"`
	Prices      []sourcePeriod `yaml:"prices" json:"prices,omitzero"`
	Source      sourceNote     `yaml:"source" json:"source,omitzero"`
}

type sourceAlias struct {
	Model string `yaml:"model" json:"model,omitzero"`
	From  string `yaml:"from" json:"from,omitzero"`
}

type sourcePeriod struct {
	From   string            `yaml:"from" json:"from,omitzero"`
	To     string            `yaml:"to" json:"to,omitzero"`
	MTok   map[string]string `yaml:"mtok" json:"mtok,omitzero"`
	Fees   map[string]string `yaml:"fees" json:"fees,omitzero"`
	Bands  []sourceBand      `yaml:"bands" json:"bands,omitzero"`
	Rules  []string          `yaml:"rules" json:"rules,omitzero"`
	Modes  []sourceMode      `yaml:"modes" json:"modes,omitzero"`
	Assume sourceDoubts      `yaml:"assume" json:"assume,omitzero"`
	Source sourceNote        `yaml:"source" json:"source,omitzero"`
}

// sourceDoubts are assumptions, and the units about which they are; none are all.
type sourceDoubts map[string][]string

type sourceBand struct {
	PromptOver int64             `yaml:"prompt_over" json:"prompt_over,omitzero"` // more tokens than this
	PromptFrom int64             `yaml:"prompt_from" json:"prompt_from,omitzero"` // this many tokens or more
	Uncached   bool              `yaml:"uncached_prompt" json:"uncached_prompt,omitzero"`
	Times      *sourceFactors    `yaml:"times" json:"times,omitzero"`
	MTok       map[string]string `yaml:"mtok" json:"mtok,omitzero"`
}

type sourceFactors struct {
	Input  string `yaml:"input" json:"input,omitzero"`   // input, cache reads and cache writes
	Output string `yaml:"output" json:"output,omitzero"` // output and reasoning
}

type sourceMode struct {
	Tier          []string          `yaml:"tier" json:"tier,omitzero"`
	Batch         bool              `yaml:"batch" json:"batch,omitzero"`
	Speed         []string          `yaml:"speed" json:"speed,omitzero"`
	Thinking      bool              `yaml:"thinking" json:"thinking,omitzero"`
	SearchContext []string          `yaml:"search_context" json:"search_context,omitzero"`
	ImageSize     []string          `yaml:"image_size" json:"image_size,omitzero"`
	ImageQuality  []string          `yaml:"image_quality" json:"image_quality,omitzero"`
	Hours         []string          `yaml:"hours" json:"hours,omitzero"` // "01:00-04:00", UTC
	Days          []string          `yaml:"days" json:"days,omitzero"`   // mon, tue, ...; all when empty
	NotOn         []string          `yaml:"not_on" json:"not_on,omitzero"`
	NotOnUntil    string            `yaml:"not_on_until" json:"not_on_until,omitzero"` // first day for which not_on is not known yet
	Times         string            `yaml:"times" json:"times,omitzero"`               // on every token price, bands included
	Except        []string          `yaml:"except" json:"except,omitzero"`             // units that Times leaves alone
	MTok          map[string]string `yaml:"mtok" json:"mtok,omitzero"`                 // instead of, or beside, the standard ones
	Fees          map[string]string `yaml:"fees" json:"fees,omitzero"`
	Bands         *[]sourceBand     `yaml:"bands" json:"bands,omitzero"` // instead of the standard ones
	Assume        sourceDoubts      `yaml:"assume" json:"assume,omitzero"`

	name string
}

// readFiles decodes the files of a layer.
func readFiles(l layer, number int) ([]*sourceFile, error) {
	var files []*sourceFile
	for _, t := range l.texts {
		docs, err := decodeFile(l.prefix+t.name, t.text)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			d.layer, d.user, d.imported = number, l.user, l.imported
		}
		files = append(files, docs...)
	}
	return files, nil
}

// maxEntries bounds the keys of one mapping: the decoder compares each with each.
const maxEntries = 10_000

// tooManyEntries is the line of a mapping with more than that, or 0. What does not parse is left to the decoder.
func tooManyEntries(text []byte) (line int) {
	if len(text) < maxEntries*len("a: 1\n") {
		return 0
	}
	var longest func(n *yaml.Node)
	longest = func(n *yaml.Node) {
		if n.Kind == yaml.MappingNode && len(n.Content)/2 > maxEntries {
			line = n.Line
		}
		for _, inner := range n.Content {
			longest(inner)
		}
	}
	nodes := yaml.NewDecoder(bytes.NewReader(text))
	for line == 0 {
		var root yaml.Node
		if nodes.Decode(&root) != nil {
			break
		}
		longest(&root)
	}
	return line
}

func decodeFile(name string, text []byte) ([]*sourceFile, error) {
	if line := tooManyEntries(text); line > 0 {
		return nil, fmt.Errorf("%s:%d: more than %d entries in one mapping: write them in several files or documents", name, line, maxEntries)
	}
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	var docs []*sourceFile
	for {
		doc := &sourceFile{file: name, text: text, index: len(docs)}
		err := strict.Decode(doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
		}
		if doc.Provider == "" && doc.Tenants == nil {
			return nil, fmt.Errorf("%s:%d: provider is missing: every document names the provider it prices", name, doc.line(""))
		}
		if doc.Tenants != nil && !doc.onlyTenants() {
			return nil, fmt.Errorf("%s:%d: tenants: put discounts and markups in a document of their own, after a line of ---", name, doc.line(""))
		}
		docs = append(docs, doc)
	}
}

// onlyTenants reports whether a document says nothing else.
func (f *sourceFile) onlyTenants() bool {
	rest := *f
	rest.Tenants, rest.file, rest.text, rest.index = nil, "", nil, 0
	return reflect.ValueOf(rest).IsZero()
}

// line is where a model is written, or the document when the name is empty; 0 when that is not known. It reads the file once more,
// which only errors need.
func (f *sourceFile) line(model string) int {
	nodes := yaml.NewDecoder(bytes.NewReader(f.text))
	var root yaml.Node
	for range f.index + 1 {
		root = yaml.Node{}
		if err := nodes.Decode(&root); err != nil {
			return 0
		}
	}
	if model == "" || len(root.Content) == 0 {
		return root.Line
	}
	top := root.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value != "models" {
			continue
		}
		for j := 0; j+1 < len(top.Content[i+1].Content); j += 2 {
			if key := top.Content[i+1].Content[j]; key.Value == model {
				return key.Line
			}
		}
	}
	return 0
}
