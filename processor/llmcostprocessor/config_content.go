package llmcostprocessor

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/genai/message"
)

// defaultMaxBytes is what cut leaves of a field when nothing else is said: a long conversation, not a whole book.
const defaultMaxBytes = 65_536

// ContentConfig says what becomes of message content: prompts, completions, instructions, tool definitions, and what tools were
// given and gave.
type ContentConfig struct {
	// Mode is keep (the default), cut or drop.
	Mode string `mapstructure:"mode"`

	// MaxBytes is the most that one content field may have under mode cut, and the default for tenants that cut.
	MaxBytes int `mapstructure:"max_bytes"`

	// Tenants have a mode of their own, by tenant id.
	Tenants map[string]TenantContent `mapstructure:"tenants"`

	_ struct{}
}

// TenantContent is the content policy of one tenant.
type TenantContent struct {
	// Mode is keep, cut or drop.
	Mode string `mapstructure:"mode"`

	// MaxBytes overrides content::max_bytes for this tenant; 0 takes that.
	MaxBytes int `mapstructure:"max_bytes"`

	_ struct{}
}

var contentModes = map[string]genai.ContentMode{"keep": genai.KeepContent, "cut": genai.CutContent, "drop": genai.DropContent}

// validate names the key, the value and the cure.
func (c *ContentConfig) validate() error {
	errs := []error{checkMode("content::mode", c.Mode), checkMaxBytes("content::max_bytes", c.MaxBytes)}
	for _, id := range slices.Sorted(maps.Keys(c.Tenants)) {
		if id == "" {
			errs = append(errs, errors.New(`content::tenants: "": name the tenant, or set content::mode for all`))
		}
		t, key := c.Tenants[id], "content::tenants::"+id
		errs = append(errs, checkMode(key+"::mode", t.Mode))
		if t.MaxBytes != 0 { // 0 takes content::max_bytes
			errs = append(errs, checkMaxBytes(key+"::max_bytes", t.MaxBytes))
		}
	}
	return errors.Join(errs...)
}

func checkMode(key, mode string) error {
	if _, ok := contentModes[mode]; ok {
		return nil
	}
	return fmt.Errorf("%s: %q: choose keep, cut or drop", key, mode)
}

func checkMaxBytes(key string, n int) error {
	if n >= message.MinCut {
		return nil
	}
	return fmt.Errorf("%s: %d: a message needs %d bytes or more; set for example %d", key, n, message.MinCut, defaultMaxBytes)
}

// contentPolicies are the policies of the tenants.
type contentPolicies struct {
	others  genai.ContentPolicy
	tenants map[string]genai.ContentPolicy
}

func newContentPolicies(c *ContentConfig) contentPolicies {
	p := contentPolicies{others: genai.ContentPolicy{Mode: contentModes[c.Mode], MaxBytes: c.MaxBytes}, tenants: map[string]genai.ContentPolicy{}}
	for id, t := range c.Tenants {
		limit := t.MaxBytes
		if limit == 0 {
			limit = c.MaxBytes
		}
		p.tenants[id] = genai.ContentPolicy{Mode: contentModes[t.Mode], MaxBytes: limit}
	}
	return p
}

func (p *contentPolicies) of(tenant string) genai.ContentPolicy {
	if own, ok := p.tenants[tenant]; ok {
		return own
	}
	return p.others
}
