package replay

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed conversations/*.yaml
var conversationFiles embed.FS

// conversation is the template of one kind of session of an application: one trace per turn. Texts hold {placeholders} that one of
// Cases fills.
type conversation struct {
	Name    string              `yaml:"name"`
	About   string              `yaml:"about"`
	Weight  int                 `yaml:"weight"` // how often, relative to the others
	Service service             `yaml:"service"`
	Scope   scope               `yaml:"scope"`
	Names   string              `yaml:"names"` // generation of attribute names; empty is the current one
	Pause   spread              `yaml:"pause"` // between turns
	Cases   []map[string]string `yaml:"cases"`
	Turns   []*step             `yaml:"turns"`
}

type service struct {
	Name        string `yaml:"name"`
	Version     string `yaml:"version"`
	Environment string `yaml:"environment"`
	Language    string `yaml:"language"`
}

type scope struct {
	Name    string `yaml:"name"`
	Version string `yaml:"version"`
}

// spread is a range of durations, drawn from with a lean towards its lower end.
type spread [2]time.Duration

// span of integers, both ends included.
type between [2]int64

// stepKind is what a step stands for; the kinds other than those below are refused when the templates are read.
type stepKind string

const (
	kindServer    stepKind = "server"   // a request that reached the application
	kindWorkflow  stepKind = "workflow" // several agents
	kindAgent     stepKind = "agent"
	kindModel     stepKind = "model"
	kindEmbedding stepKind = "embedding"
	kindRetrieval stepKind = "retrieval"
	kindTool      stepKind = "tool"
)

// step becomes one span, with its steps below it. Which fields mean something depends on Kind.
type step struct {
	Kind  stepKind `yaml:"kind"`
	Name  string   `yaml:"name"` // route, workflow, agent, data source or tool
	Steps []*step  `yaml:"steps"`
	Takes spread   `yaml:"takes"` // own time of a tool, a retrieval or an embedding

	// model and embedding
	Provider  string   `yaml:"provider"`
	Model     string   `yaml:"model"`
	Served    string   `yaml:"served"` // model that answers; empty means Model
	Host      string   `yaml:"host"`
	Tier      string   `yaml:"tier"`
	Stream    bool     `yaml:"stream"`
	System    string   `yaml:"system"`
	User      string   `yaml:"user"`
	Say       string   `yaml:"say"`
	Calls     []*step  `yaml:"calls"`     // tools the answer asks for; they run after it
	Context   int64    `yaml:"context"`   // prompt tokens that are not shown: tool definitions, documents, a long system text
	Reasoning between  `yaml:"reasoning"` // hidden tokens of the answer
	Cache     string   `yaml:"cache"`     // "prefix": the provider caches by itself; "written": cache writes are reported too
	Finish    string   `yaml:"finish"`
	Rate      float64  `yaml:"rate"` // output tokens per second
	First     spread   `yaml:"first"`
	Silent    bool     `yaml:"silent"` // answers without token counts
	Fails     *failure `yaml:"fails"`
	Hotness   *float64 `yaml:"temperature"`
	Limit     int64    `yaml:"max_tokens"`

	// tool and retrieval
	Arguments string   `yaml:"arguments"`
	Result    string   `yaml:"result"`
	Query     string   `yaml:"query"`
	Documents []string `yaml:"documents"`
}

// failure is an error that a share of the calls of a step end in.
type failure struct {
	Share   float64 `yaml:"share"`
	Type    string  `yaml:"type"`
	Message string  `yaml:"message"`
	After   spread  `yaml:"after"`   // how long the failing call takes
	Retries int     `yaml:"retries"` // further attempts; 0 means the error ends the trace
}

func loadConversations() ([]*conversation, error) {
	paths, err := fs.Glob(conversationFiles, "conversations/*.yaml")
	if err != nil {
		return nil, err
	}
	all := make([]*conversation, 0, len(paths))
	for _, path := range paths {
		raw, err := conversationFiles.ReadFile(path)
		if err != nil {
			return nil, err
		}
		dec := yaml.NewDecoder(bytes.NewReader(raw))
		dec.KnownFields(true)
		c := &conversation{}
		if err := dec.Decode(c); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := c.validate(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func (c *conversation) validate() error {
	if c.Name == "" || c.Weight <= 0 || c.Service.Name == "" || len(c.Turns) == 0 {
		return errors.New("name, weight, service.name and turns are required")
	}
	if _, ok := generations[c.Names]; !ok {
		return fmt.Errorf("names: %q is not a generation of attribute names", c.Names)
	}
	for _, s := range c.Turns {
		if err := s.validate(); err != nil {
			return err
		}
	}
	return nil
}

func (s *step) validate() error {
	switch s.Kind {
	case kindServer, kindWorkflow, kindAgent, kindRetrieval, kindTool:
		if s.Name == "" {
			return fmt.Errorf("%s without a name", s.Kind)
		}
	case kindModel:
		if s.Provider == "" || s.Model == "" || (s.Say == "" && len(s.Calls) == 0) {
			return fmt.Errorf("model %q: provider, model and say or calls are required", s.Model)
		}
	case kindEmbedding:
		if s.Provider == "" || s.Model == "" || s.User == "" {
			return fmt.Errorf("embedding %q: provider, model and user are required", s.Model)
		}
	default:
		return fmt.Errorf("kind: %q is not known", s.Kind)
	}
	if s.Cache != "" && s.Cache != "prefix" && s.Cache != cacheWritten {
		return fmt.Errorf("model %q: cache: %q is not known", s.Model, s.Cache)
	}
	for _, below := range append(append([]*step(nil), s.Steps...), s.Calls...) {
		if err := below.validate(); err != nil {
			return fmt.Errorf("%s %s: %w", s.Kind, s.Name, err)
		}
	}
	return nil
}
