package apikey

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// MaxFileSize bounds the keys file; 64 MiB are some two hundred thousand keys.
const MaxFileSize = 64 << 20

// fileRecord is a Record as the file spells it.
type fileRecord struct {
	ID        string     `yaml:"id"`
	Hash      string     `yaml:"hash"`
	Tenant    string     `yaml:"tenant"`
	Project   string     `yaml:"project"`
	Roles     []string   `yaml:"roles,flow"`
	Plan      string     `yaml:"plan,omitempty"`
	Name      string     `yaml:"name,omitempty"`
	CreatedAt *time.Time `yaml:"created_at,omitempty"`
	ExpiresAt *time.Time `yaml:"expires_at,omitempty"`
	RevokedAt *time.Time `yaml:"revoked_at,omitempty"`
	// ReplacedBy is written by a rotation.
	ReplacedBy string `yaml:"replaced_by,omitempty"`
}

var fileFields = []string{"id", "hash", "tenant", "project", "roles", "plan", "name", "created_at", "expires_at", "revoked_at", "replaced_by"}

// Decode reads a keys file. name appears in errors, each of which gives line, field and cure;
// either all records are returned or none.
func Decode(name string, data []byte) ([]Record, error) {
	if len(data) > MaxFileSize {
		return nil, fmt.Errorf("%s: larger than %d MiB; remove revoked keys", name, MaxFileSize>>20)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: not YAML: %w", name, err)
	}
	d := decoder{file: name}
	records := d.document(&doc)
	if err := errors.Join(d.errs...); err != nil {
		return nil, err
	}
	return records, nil
}

// Load reads and checks a keys file. A missing file is an error that wraps fs.ErrNotExist.
func Load(path string) ([]Record, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Decode(path, data)
}

type decoder struct {
	file string
	errs []error
}

func (d *decoder) fail(n *yaml.Node, field, format string, args ...any) {
	d.errs = append(d.errs, fmt.Errorf("%s:%d: %s: %s", d.file, n.Line, field, fmt.Sprintf(format, args...)))
}

func (d *decoder) document(doc *yaml.Node) []Record {
	if doc.Kind == 0 { // an empty file holds no keys
		return nil
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil
	}
	if root.Kind != yaml.MappingNode {
		d.fail(root, "keys", "the file must be a mapping with the list `keys`; compare with a file made by `watchllmctl keys create`")
		return nil
	}
	var records []Record
	first := 0
	for i := 0; i+1 < len(root.Content); i += 2 {
		if name := root.Content[i].Value; name != "keys" {
			d.fail(root.Content[i], name, "is not a field of a keys file; only `keys` is")
			continue
		}
		if first > 0 {
			d.fail(root.Content[i], "keys", "stands in line %d too; put all keys into one list", first)
			continue
		}
		first = root.Content[i].Line
		records = d.list(root.Content[i+1])
	}
	return records
}

func (d *decoder) list(list *yaml.Node) []Record {
	if list.Kind == yaml.ScalarNode && list.Tag == "!!null" {
		return nil
	}
	if list.Kind != yaml.SequenceNode {
		d.fail(list, "keys", "must be a list of keys")
		return nil
	}
	seen := map[string]int{}
	var records []Record
	for i, item := range list.Content {
		at := fmt.Sprintf("keys[%d]", i)
		r, ok := d.record(item, at)
		if !ok {
			continue
		}
		if line, twice := seen[r.ID]; twice {
			d.fail(item, at+".id", "%q is used by the key in line %d too; remove one of them", r.ID, line)
		}
		seen[r.ID] = item.Line
		records = append(records, r)
	}
	return records
}

func (d *decoder) record(n *yaml.Node, at string) (Record, bool) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, at, "must be a mapping with %s", strings.Join(fileFields, ", "))
		return Record{}, false
	}
	before := len(d.errs)
	where := map[string]*yaml.Node{}
	var raw fileRecord
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		if !slices.Contains(fileFields, name) {
			if strings.HasPrefix(name, Prefix) {
				name = Prefix + "…" // a key in the wrong place must not get into a log
			}
			d.fail(n.Content[i], at+"."+name, "is not a field of a key; use %s", strings.Join(fileFields, ", "))
			continue
		}
		if other, twice := where[name]; twice {
			d.fail(n.Content[i], at+"."+name, "stands in line %d too; remove one of them", other.Line)
			continue
		}
		where[name] = n.Content[i+1]
		if err := decodeField(&raw, n.Content[i], n.Content[i+1]); err != nil {
			d.fail(n.Content[i+1], at+"."+name, "%v", err)
		}
	}
	if len(d.errs) > before {
		return Record{}, false
	}
	r := raw.record()
	if raw.Hash != "" {
		h, err := ParseHash(raw.Hash)
		if err != nil {
			d.fail(where["hash"], at+".hash", "%v", err)
			return Record{}, false
		}
		r.Hash = h
	}
	for _, e := range r.Validate() {
		line := n
		if w := where[fieldName(e.Field)]; w != nil {
			line = w
		}
		d.fail(line, at+"."+e.Field, "%s", e.Message)
	}
	return r, len(d.errs) == before
}

// decodeField decodes one field on its own, so that its error is about nothing else.
func decodeField(into *fileRecord, key, value *yaml.Node) error {
	if value.Kind == yaml.ScalarNode && value.Tag == "!!str" {
		if text := into.text(key.Value); text != nil {
			*text = value.Value
			return nil
		}
	}
	one := yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{key, value}}
	if one.Decode(into) == nil {
		return nil
	}
	switch key.Value {
	case "created_at", "expires_at", "revoked_at":
		return fmt.Errorf("%q is not a time; write it as 2026-01-31T00:00:00Z", value.Value)
	case "roles":
		return fmt.Errorf("must be a list of %s", RoleNames())
	}
	return errors.New("must be text; put it in quotes")
}

// text is where a field that is plain text goes; almost all are, and decoding them one by one takes long.
func (f *fileRecord) text(field string) *string {
	switch field {
	case "id":
		return &f.ID
	case "hash":
		return &f.Hash
	case "tenant":
		return &f.Tenant
	case "project":
		return &f.Project
	case "plan":
		return &f.Plan
	case "name":
		return &f.Name
	case "replaced_by":
		return &f.ReplacedBy
	}
	return nil
}

func (f fileRecord) record() Record {
	r := Record{ID: f.ID, Tenant: f.Tenant, Project: f.Project, Plan: f.Plan, Name: f.Name, ReplacedBy: f.ReplacedBy}
	for _, role := range f.Roles {
		r.Roles = append(r.Roles, tenancy.Role(role))
	}
	for _, t := range []struct {
		to   *time.Time
		from *time.Time
	}{{&r.CreatedAt, f.CreatedAt}, {&r.ExpiresAt, f.ExpiresAt}, {&r.RevokedAt, f.RevokedAt}} {
		if t.from != nil {
			*t.to = t.from.UTC()
		}
	}
	return r
}

// fieldName turns roles[1] into roles.
func fieldName(s string) string {
	if i := bytes.IndexByte([]byte(s), '['); i >= 0 {
		return s[:i]
	}
	return s
}
