package main

import (
	"errors"
	"flag"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
)

func TestDefaults(t *testing.T) {
	o, err := readFlags([]string{"--path=/data/clickhouse/"}, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:8123", o.Listen)
	assert.Equal(t, "/data/clickhouse-password", o.PasswordFile)
	assert.Equal(t, []string{"watchllm"}, o.Databases)
	assert.EqualValues(t, 2<<30, o.MemoryLimit)
	assert.EqualValues(t, 3<<29, o.QueryMemory)
	assert.Equal(t, 5*time.Minute, *o.QueryTime)
}

// The options a supervisor sets come out of the flags as they went in.
func TestOptionsSurviveTheCommandLine(t *testing.T) {
	seconds := 7 * time.Second
	in := engineproc.Options{
		Path: "/d", Listen: "0.0.0.0:1", Library: "/l", PasswordFile: "/p", MemoryLimit: 1 << 30, Connections: 2,
		Databases: []string{"a", "b*"}, AllowRemote: true, QueryTime: &seconds, QueryMemory: 3, ResultRows: 4,
		ResultBytes: 5, MaxWait: time.Second, Sandbox: engineproc.SandboxOff, ExitWithInput: true,
	}
	out, err := readFlags(in.Args(), io.Discard)
	require.NoError(t, err)
	assert.Equal(t, in, out)
}

func TestWrongFlags(t *testing.T) {
	for want, args := range map[string][]string{
		"--path is missing":             nil,
		"unexpected argument":           {"--path=/d", "more"},
		"reachable from other machines": {"--path=/d", "--listen=0.0.0.0:8123"},
		"add --allow-remote":            {"--path=/d", "--listen=:8123"},
		"must be host:port":             {"--path=/d", "--listen=8123"},
		"--memory-limit 1 is too":       {"--path=/d", "--memory-limit=1"},
		"--connections 0":               {"--path=/d", "--connections=0"},
		"--max-query-memory":            {"--path=/d", "--max-query-memory=99999999999"},
		"must not be negative":          {"--path=/d", "--max-query-time=-1s"},
		"begin with a whole name":       {"--path=/d", "--databases=x*"},
		`"b; DROP"`:                     {"--path=/d", "--databases=a,b; DROP"},
		"the engine's own":              {"--path=/d", "--databases=system"},
		`--sandbox "on"`:                {"--path=/d", "--sandbox=on"},
		"not defined":                   {"--nonsense"},
	} {
		_, err := readFlags(args, io.Discard)
		require.ErrorContains(t, err, want, args)
		var f *failure
		require.ErrorAs(t, err, &f)
		assert.Equal(t, engineproc.ExitUsage, f.code)
	}
	_, err := readFlags([]string{"-h"}, io.Discard)
	assert.True(t, errors.Is(err, flag.ErrHelp))
	for _, listen := range []string{"127.0.0.1:0", "[::1]:8123", "localhost:1"} {
		_, err := readFlags([]string{"--path=/d", "--listen=" + listen}, io.Discard)
		require.NoError(t, err)
	}
}
