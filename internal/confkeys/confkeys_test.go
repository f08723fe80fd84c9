package confkeys

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
)

type inner struct {
	Mode string `mapstructure:"mode"`
}

type base struct {
	Endpoint string `mapstructure:"endpoint"`
}

type config struct {
	base    `mapstructure:",squash"`
	Base    base             `mapstructure:",squash"`
	Inner   *inner           `mapstructure:"inner"`
	Tenants map[string]inner `mapstructure:"tenants"`
	Foreign url.URL          `mapstructure:"foreign"`
	hidden  string           `mapstructure:"hidden"` //nolint:unused // shows that it is no key
}

func TestCheck(t *testing.T) {
	type m = map[string]any
	for name, c := range map[string]struct {
		conf m
		want string
	}{
		"nothing":             {nil, ""},
		"all there is":        {m{"endpoint": "x", "inner": m{"mode": "a"}, "tenants": m{"acme": m{"mode": "a"}}}, ""},
		"upstream's section":  {m{"foreign": m{"scheme": 1}}, ""},
		"a section without":   {m{"inner": nil}, ""},
		"a wrong kind":        {m{"inner": "keep"}, ""},
		"misspelt":            {m{"innner": m{}}, `unknown key "innner"; known are endpoint, foreign, inner, tenants`},
		"misspelt in section": {m{"inner": m{"mod": 1}}, `inner: unknown key "mod"; known are mode`},
		"misspelt in map":     {m{"tenants": m{"acme": m{"mod": 1}}}, `tenants::acme: unknown key "mod"; known are mode`},
		"not exported":        {m{"hidden": 1}, `unknown key "hidden"; known are endpoint, foreign, inner, tenants`},
	} {
		err := Check(c.conf, &config{})
		if c.want == "" {
			assert.NoError(t, err, name)
		} else {
			assert.EqualError(t, err, c.want, name)
		}
	}
}
