// Package schema holds the published JSON Schemas of the event contracts; they are generated from registry/contracts.
package schema

import (
	"embed"
	"strconv"
)

//go:generate go run ./generate ../registry/contracts .

//go:embed *.schema.json
var files embed.FS

// Events is the JSON Schema (draft 2020-12) of a major version of the contract watchllm.events; ok is false if there is none.
func Events(major int) (text []byte, ok bool) {
	text, err := files.ReadFile("events-" + strconv.Itoa(major) + ".schema.json")
	return text, err == nil
}
