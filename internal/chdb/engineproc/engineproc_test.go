package engineproc

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadyLine(t *testing.T) {
	r := Ready{Addr: "127.0.0.1:8123", Engine: "26.7.2.1", Library: "26.7.3", Start: 120 * time.Millisecond}
	assert.Equal(t, "ready 127.0.0.1:8123 engine=26.7.2.1 lib=26.7.3 start=120ms", r.String())
	back, ok := ParseReady(r.String())
	require.True(t, ok)
	assert.Equal(t, r, back)
	for _, line := range []string{"", "ready", "readyish 1", "Logging errors to x"} {
		_, ok := ParseReady(line)
		assert.False(t, ok, line)
	}
}

func TestParseLogReadsWhatTheHandlerWrites(t *testing.T) {
	var b strings.Builder
	log := slog.New(slog.NewTextHandler(&b, LogOptions()))
	log.Warn("two words", "key", "a value")
	level, text := ParseLog(strings.TrimSpace(b.String()))
	assert.Equal(t, slog.LevelWarn, level)
	assert.Equal(t, `"two words" key="a value"`, text)

	level, text = ParseLog(ReasonPrefix + "no disk")
	assert.Equal(t, slog.LevelError, level)
	assert.Equal(t, "no disk", text)
	level, text = ParseLog("Logging errors to x")
	assert.Equal(t, slog.LevelDebug, level)
	assert.Equal(t, "Logging errors to x", text)
	level, _ = ParseLog("level=LOUD msg=x")
	assert.Equal(t, slog.LevelInfo, level)
}

func TestArgsLeaveOutWhatIsNotSet(t *testing.T) {
	assert.Empty(t, Options{}.Args())
	none := time.Duration(0)
	assert.Equal(t, []string{
		"--path=/d", "--listen=127.0.0.1:1", "--library=/l", "--password-file=/p", "--memory-limit=1", "--connections=2",
		"--databases=a,b*", "--allow-remote=true", "--max-query-time=0s", "--max-query-memory=3", "--max-result-rows=4",
		"--max-result-bytes=5", "--max-wait=1s", "--sandbox=off", "--exit-with-stdin=true",
	}, Options{
		Path: "/d", Listen: "127.0.0.1:1", Library: "/l", PasswordFile: "/p", MemoryLimit: 1, Connections: 2,
		Databases: []string{"a", "b*"}, AllowRemote: true, QueryTime: &none, QueryMemory: 3, ResultRows: 4,
		ResultBytes: 5, MaxWait: time.Second, Sandbox: SandboxOff, ExitWithInput: true,
	}.Args())
}
