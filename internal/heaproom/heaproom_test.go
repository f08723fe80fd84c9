package heaproom

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const mb = 1 << 20

func TestPercent(t *testing.T) {
	for _, tt := range []struct {
		live uint64
		want int
	}{{0, 100}, {20 * mb, 100}, {96 * mb, 100}, {120 * mb, 80}, {160 * mb, 60}, {192 * mb, 50}, {4096 * mb, 50}} {
		assert.Equal(t, tt.want, percent(tt.live, 96*mb), "%d MB alive", tt.live/mb)
	}
}

// gcPercent can only be read by setting it.
func gcPercent() int {
	p := debug.SetGCPercent(100)
	debug.SetGCPercent(p)
	return p
}

func TestKeepFollowsWhatIsAlive(t *testing.T) {
	before := gcPercent()
	t.Cleanup(func() { debug.SetGCPercent(before) })
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	Keep(48 * mb)
	held := make([]byte, 60*mb)
	require.Eventually(t, func() bool {
		runtime.GC()
		return gcPercent() < 85
	}, time.Minute, time.Millisecond)
	assert.GreaterOrEqual(t, gcPercent(), least)
	runtime.KeepAlive(held)
	require.Eventually(t, func() bool {
		runtime.GC()
		return gcPercent() == usual
	}, time.Minute, time.Millisecond, "what was given back is garbage no more")
}

func TestTheEnvironmentIsLeftAlone(t *testing.T) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Setenv("GOGC", "")
		t.Setenv("GOMEMLIMIT", "")
		assert.True(t, ours())
		t.Setenv(name, "90")
		assert.False(t, ours(), name)
	}
}
