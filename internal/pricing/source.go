package pricing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The price files as they are written. prices/README.md describes them for those who edit them.

// sourceFile is one YAML document: one provider.
type sourceFile struct {
	Provider  string            `yaml:"provider"`
	Spellings []string          `yaml:"spellings"`
	Hosts     map[string]string `yaml:"hosts"`
	Prefixes  []string          `yaml:"prefixes"`
	Geos      []string          `yaml:"geo_prefixes"`
	Families  []string          `yaml:"families"`
	Local     bool              `yaml:"local"`
	Gateway   bool              `yaml:"gateway"`
	Vendor    bool              `yaml:"vendor"`

	Source  sourceNote              `yaml:"source"`
	Rules   map[string]sourceMode   `yaml:"rules"`
	Regions map[string]sourceRegion `yaml:"regions"`
	Models  map[string]sourceModel  `yaml:"models"`

	file  string
	layer int
	lines map[string]int // of each model
}

// sourceNote says where a figure was read.
type sourceNote struct {
	Page       string `yaml:"page"`
	Read       string `yaml:"read"`       // day, YYYY-MM-DD
	Via        string `yaml:"via"`        // tables the page's figures were taken from or checked against
	Confidence string `yaml:"confidence"` // vendor | two_tables | one_table
	Note       string `yaml:"note"`
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
	Only     []string `yaml:"only"`
	Except   []string `yaml:"except"`
	Times    string   `yaml:"times"`
	Unstated string   `yaml:"unstated"` // the assumption made when the place of a call is not known
}

type sourceModel struct {
	Names       []string       `yaml:"names"`
	Like        string         `yaml:"like"`  // provider/model with the same prices
	Alias       []sourceAlias  `yaml:"alias"` // what a moving name stood for, and since when
	OpenWeights bool           `yaml:"open_weights"`
	Free        bool           `yaml:"free"`
	Region      string         `yaml:"region"`
	MinSeconds  int64          `yaml:"min_seconds"`
	FeesAssume  string         `yaml:"fees_assume"`
	Assume      string         `yaml:"assume"` // always taken for granted under this name
	Drop        []string       `yaml:"drop"`   // named rules of a like model that do not hold here
	Times       string         `yaml:"times"`
	Prices      []sourcePeriod `yaml:"prices"`
	Source      sourceNote     `yaml:"source"`
}

type sourceAlias struct {
	Model string `yaml:"model"`
	From  string `yaml:"from"`
}

type sourcePeriod struct {
	From   string            `yaml:"from"`
	To     string            `yaml:"to"`
	MTok   map[string]string `yaml:"mtok"`
	Fees   map[string]string `yaml:"fees"`
	Bands  []sourceBand      `yaml:"bands"`
	Rules  []string          `yaml:"rules"`
	Modes  []sourceMode      `yaml:"modes"`
	Source sourceNote        `yaml:"source"`
}

type sourceBand struct {
	PromptOver int64             `yaml:"prompt_over"` // more tokens than this
	PromptFrom int64             `yaml:"prompt_from"` // this many tokens or more
	Uncached   bool              `yaml:"uncached_prompt"`
	Times      *sourceFactors    `yaml:"times"`
	MTok       map[string]string `yaml:"mtok"`
}

type sourceFactors struct {
	Input  string `yaml:"input"`  // input, cache reads and cache writes
	Output string `yaml:"output"` // output and reasoning
}

type sourceMode struct {
	Tier          []string          `yaml:"tier"`
	Batch         bool              `yaml:"batch"`
	Speed         []string          `yaml:"speed"`
	Thinking      bool              `yaml:"thinking"`
	SearchContext []string          `yaml:"search_context"`
	ImageSize     []string          `yaml:"image_size"`
	ImageQuality  []string          `yaml:"image_quality"`
	Hours         []string          `yaml:"hours"` // "01:00-04:00", UTC
	Days          []string          `yaml:"days"`  // mon, tue, ...; all when empty
	NotOn         []string          `yaml:"not_on"`
	Times         string            `yaml:"times"`  // on every token price, bands included
	Except        []string          `yaml:"except"` // units that Times leaves alone
	MTok          map[string]string `yaml:"mtok"`   // instead of, or beside, the standard ones
	Fees          map[string]string `yaml:"fees"`
	Bands         *[]sourceBand     `yaml:"bands"` // instead of the standard ones

	name string
}

// readFiles decodes every *.yaml below the root of a layer, in name order, and a lone file whatever it is called.
func readFiles(l layer, number int) ([]*sourceFile, error) {
	_, lone := l.FS.(oneFile)
	var names []string
	err := fs.WalkDir(l.FS, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (lone || path.Ext(p) == ".yaml") {
			names = append(names, p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var files []*sourceFile
	for _, name := range names {
		text, err := fs.ReadFile(l.FS, name)
		if err != nil {
			return nil, err
		}
		docs, err := decodeFile(l.prefix+name, text)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			d.layer = number
		}
		files = append(files, docs...)
	}
	return files, nil
}

func decodeFile(name string, text []byte) ([]*sourceFile, error) {
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	nodes := yaml.NewDecoder(bytes.NewReader(text))
	var docs []*sourceFile
	for {
		doc := &sourceFile{file: name}
		err := strict.Decode(doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
		}
		var root yaml.Node
		if err := nodes.Decode(&root); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		doc.lines = modelLines(&root)
		if doc.Provider == "" {
			return nil, fmt.Errorf("%s:%d: provider is missing: every document names the provider it prices", name, root.Line)
		}
		docs = append(docs, doc)
	}
}

func modelLines(root *yaml.Node) map[string]int {
	lines := map[string]int{}
	if len(root.Content) == 0 {
		return lines
	}
	top := root.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value != "models" {
			continue
		}
		for j := 0; j+1 < len(top.Content[i+1].Content); j += 2 {
			key := top.Content[i+1].Content[j]
			lines[key.Value] = key.Line
		}
	}
	return lines
}
