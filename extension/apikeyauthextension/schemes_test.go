package apikeyauthextension

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/watchllm/watchllm/internal/apikey"
)

func basicHeader(pair string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

// find is what identify does with the schemes, without looking the key up.
func find(h headers) (string, presented) {
	for _, s := range schemes {
		if p := s.find(h); p.found {
			return s.name, p
		}
	}
	return "", presented{}
}

func TestSchemes(t *testing.T) {
	made, err := apikey.New()
	require.NoError(t, err)
	another, err := apikey.New()
	require.NoError(t, err)
	key, other := made.Reveal(), another.Reveal()
	dsn := "Sentry sentry_version=7, sentry_client=sentry.python/2.1, sentry_key=" + key
	for name, c := range map[string]struct {
		headers map[string][]string
		scheme  string
		want    presented
	}{
		"HTTP X-API-Key":     {http.Header{"X-Api-Key": {key}}, "x_api_key", presented{key, true, false}},
		"gRPC x-api-key":     {metadata.Pairs("X-API-Key", key), "x_api_key", presented{key, true, false}},
		"HTTP bearer":        {http.Header{"Authorization": {"Bearer " + key}}, "bearer", presented{key, true, false}},
		"gRPC bearer":        {metadata.Pairs("Authorization", "bearer "+key), "bearer", presented{key, true, false}},
		"key twice":          {metadata.Pairs("x-api-key", key, "x-api-key", key), "x_api_key", presented{key, true, false}},
		"two keys":           {metadata.Pairs("x-api-key", key, "x-api-key", other), "x_api_key", presented{key, true, true}},
		"two bearers":        {http.Header{"Authorization": {"Bearer " + key, "Bearer " + other}}, "bearer", presented{key, true, true}},
		"proxy's own scheme": {http.Header{"Authorization": {"Basic eDp5"}, "X-Api-Key": {key}}, "x_api_key", presented{key, true, false}},
		"basic and bearer":   {http.Header{"Authorization": {"Basic eDp5", "Bearer " + key}}, "bearer", presented{key, true, false}},
		"someone's bearer":   {http.Header{"Authorization": {"Bearer eyJ"}}, "bearer", presented{"eyJ", true, false}},
		"no word":            {http.Header{"Authorization": {key}}, "", presented{}},
		"word alone":         {http.Header{"Authorization": {"Bearer"}}, "", presented{}},
		"word grown longer":  {http.Header{"Authorization": {"Bearers " + key}}, "", presented{}},

		"password":             {http.Header{"Authorization": {basicHeader("pk-lf-1:" + key)}}, "basic", presented{key, true, false}},
		"user without secret":  {metadata.Pairs("authorization", basicHeader(key+":")), "basic", presented{key, true, false}},
		"user and no colon":    {metadata.Pairs("authorization", basicHeader(key)), "basic", presented{key, true, false}},
		"user, other password": {http.Header{"Authorization": {basicHeader(key + ":sk-lf-1")}}, "basic", presented{key, true, false}},
		"both are keys":        {http.Header{"Authorization": {basicHeader(other + ":" + key)}}, "basic", presented{key, true, false}},
		"two passwords":        {http.Header{"Authorization": {basicHeader("a:" + key), basicHeader("a:" + other)}}, "basic", presented{key, true, true}},
		"not base64":           {http.Header{"Authorization": {"Basic !"}}, "", presented{}},
		"not ours":             {http.Header{"Authorization": {"Basic eDp5"}}, "", presented{}},

		"Datadog":           {http.Header{"Dd-Api-Key": {key}}, "datadog", presented{key, true, false}},
		"Datadog's own":     {http.Header{"Dd-Api-Key": {"0123456789abcdef"}}, "", presented{}},
		"Sentry header":     {http.Header{"X-Sentry-Auth": {dsn}}, "sentry", presented{key, true, false}},
		"Sentry lower case": {metadata.Pairs("x-sentry-auth", dsn), "sentry", presented{key, true, false}},
		"Sentry in Auth":    {http.Header{"Authorization": {dsn}}, "sentry", presented{key, true, false}},
		"Sentry quoted":     {http.Header{"X-Sentry-Auth": {`Sentry sentry_key="` + key + `",sentry_version="7"`}}, "sentry", presented{key, true, false}},
		"Sentry query":      {map[string][]string{"sentry_key": {key}}, "sentry", presented{key, true, false}},
		"Sentry twice":      {map[string][]string{"sentry_key": {key}, "X-Sentry-Auth": {dsn}}, "sentry", presented{key, true, false}},
		"Sentry differs":    {map[string][]string{"sentry_key": {other}, "X-Sentry-Auth": {dsn}}, "sentry", presented{other, true, true}},
		"Sentry's own":      {http.Header{"X-Sentry-Auth": {"Sentry sentry_key=0123abcd"}}, "", presented{}},
		"Sentry secret":     {http.Header{"X-Sentry-Auth": {"Sentry sentry_secret=" + key}}, "", presented{}},
		"Helicone":          {http.Header{"Helicone-Auth": {"Bearer " + key}}, "helicone", presented{key, true, false}},
		"Helicone's own":    {http.Header{"Helicone-Auth": {"Bearer sk-helicone-1"}}, "", presented{}},

		"own header first":  {http.Header{"Dd-Api-Key": {other}, "X-Api-Key": {key}}, "x_api_key", presented{key, true, false}},
		"empty key":         {http.Header{"X-Api-Key": {""}}, "x_api_key", presented{"", true, false}},
		"nothing":           {nil, "", presented{}},
		"tenant by header":  {http.Header{"X-Tenant": {key}, "Watchllm.tenant.id": {key}}, "", presented{}},
		"names of the wild": {http.Header{"X-API-KEY": {key}, "Api-Key": {key}}, "", presented{}},
	} {
		t.Run(name, func(t *testing.T) {
			scheme, p := find(c.headers)
			require.Equal(t, c.scheme, scheme)
			require.Equal(t, c.want, p)
		})
	}
}

// What comes out of the parsers was in the headers, whatever they hold; and a vendor's header yields nothing but keys of ours.
func FuzzSchemes(f *testing.F) {
	key, err := apikey.New()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("authorization", "Bearer "+key.Reveal(), "")
	f.Add("authorization", basicHeader("a:"+key.Reveal()), "Basic ====")
	f.Add("x-sentry-auth", "Sentry sentry_key="+key.Reveal()+",,=,", "sentry sentry_key")
	f.Add("helicone-auth", "bearer wllm_", "bearer  wllm_")
	f.Add("dd-api-key", " wllm_", "\xff")
	f.Fuzz(func(t *testing.T, name, one, two string) {
		h := headers{name: {one, two}}
		for _, s := range schemes {
			p := s.find(h)
			if !p.found && (p.key != "" || p.differ) {
				t.Fatalf("%s: %+v", s.name, p)
			}
			if p.found && s.name != "basic" && !strings.Contains(one+"\n"+two, p.key) {
				t.Fatalf("%s made up %q", s.name, p.key)
			}
			if p.found && s.name != "x_api_key" && s.name != "bearer" && !looksOurs(p.key) {
				t.Fatalf("%s took %q, which is somebody else's", s.name, p.key)
			}
		}
	})
}
