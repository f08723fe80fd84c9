// Package prices holds the price lists that come with the program.
package prices

import (
	"embed"
	"io/fs"
)

//go:embed curated/*.yaml
var files embed.FS

// Imported are the lists of imported/*.yaml, which other people's tables were converted to, in the compact form that the program
// reads at its start.
//
//go:embed imported.json.gz
var Imported []byte

// Curated are the lists kept by hand: every figure with the page and the day it was read.
func Curated() fs.FS {
	curated, err := fs.Sub(files, "curated")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return curated
}
