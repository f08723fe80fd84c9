//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package apikeyauthextension authenticates requests by API key and puts tenant, project and roles on their context.
package apikeyauthextension
