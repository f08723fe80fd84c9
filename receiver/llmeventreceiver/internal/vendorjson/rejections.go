package vendorjson

import "encoding/json"

// maxNamed is how many rejected records an answer names; the others are only counted.
const maxNamed = 20

// Rejections are the records of a request that could not be read, each named by the path of the field that was wrong.
type Rejections struct {
	Count int
	named []string
}

// Add takes an error that begins with the field's path.
func (r *Rejections) Add(err error) {
	r.Count++
	if len(r.named) < maxNamed {
		r.named = append(r.named, err.Error())
	}
}

// Answer is the body for a client: the vendor's own members and, where something was rejected, the list `rejected`.
func (r *Rejections) Answer(own map[string]any) []byte {
	if r.Count > 0 {
		all := make(map[string]any, len(own)+1)
		for k, v := range own {
			all[k] = v
		}
		all["rejected"] = r.named
		own = all
	}
	if len(own) == 0 {
		return []byte("{}")
	}
	body, err := json.Marshal(own)
	if err != nil {
		return []byte("{}") // texts and numbers always marshal
	}
	return body
}
