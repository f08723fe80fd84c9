package main

import (
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConfigIsXMLWhateverThePath(t *testing.T) {
	f, err := makeFolder(filepath.Join(t.TempDir(), `a <b> & "c"`))
	require.NoError(t, err)
	o, err := readFlags([]string{"--path=" + f.root, "--databases=watchllm,test_*", "--max-result-rows=7"}, io.Discard)
	require.NoError(t, err)
	main, err := writeConfig(newEngineConfig(o, f), f)
	require.NoError(t, err)
	var config struct {
		Users  string `xml:"users_config"`
		Memory int64  `xml:"max_server_memory_usage"`
	}
	read(t, main, &config)
	assert.Equal(t, filepath.Join(f.config(), "users.xml"), config.Users)
	assert.EqualValues(t, 2<<30, config.Memory)
	var users struct {
		Grants []string `xml:"users>default>grants>query"`
		Rows   string   `xml:"profiles>default>constraints>max_result_rows>max"`
		Bytes  []string `xml:"profiles>default>constraints>max_result_bytes>max"`
	}
	read(t, config.Users, &users)
	grants := strings.Join(users.Grants, "\n")
	assert.Contains(t, grants, "ON watchllm.*")
	assert.Contains(t, grants, "ON test_*.*")
	assert.Equal(t, "7", users.Rows)
	assert.Empty(t, users.Bytes, "no limit, no constraint")
	for _, right := range []string{"READ", "WRITE", "FILE", "URL", "REMOTE", "S3", "SOURCES", "DICTIONARY", "SHUTDOWN", "USER", "ROLE", "ALL"} {
		assert.NotContains(t, strings.Fields(strings.NewReplacer(",", " ", "*", " ").Replace(grants)), right)
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, xml.Unmarshal(content, into))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestPasswordIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "password")
	first, err := readPassword(path)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(first), 26)
	again, err := readPassword(path)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := filepath.Glob(path + ".*")
	require.NoError(t, err)
	assert.Empty(t, left)

	require.NoError(t, os.WriteFile(path, []byte(" \n"), 0o600))
	_, err = readPassword(path)
	require.ErrorContains(t, err, "is empty: write a password into it, or delete it")
	_, err = readPassword(filepath.Dir(path))
	require.ErrorContains(t, err, "cannot be read")
}
