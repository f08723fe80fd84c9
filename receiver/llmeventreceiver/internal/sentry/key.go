package sentry

import (
	"bytes"
	"encoding/json"
	"net/url"
)

// bodyKey is the public key of the DSN in an envelope's header: with the option tunnel, clients send it nowhere else.
func bodyKey(body []byte) string {
	line, _, _ := bytes.Cut(body, []byte("\n"))
	var header struct {
		DSN string `json:"dsn"`
	}
	if json.Unmarshal(line, &header) != nil {
		return ""
	}
	dsn, err := url.Parse(header.DSN)
	if err != nil || dsn.User == nil {
		return ""
	}
	return dsn.User.Username()
}
