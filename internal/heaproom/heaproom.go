package heaproom

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// usual is how much garbage Go lets grow for what is alive, in percent; least is where a large heap would cost too much time.
const usual, least = 100, 50

// percent is the garbage allowed, in percent of the bytes that are alive, so that it stays below room bytes.
func percent(live, room uint64) int {
	if live == 0 {
		return usual
	}
	return int(min(usual, max(least, room*100/live))) //nolint:gosec // at most 100
}

// Keep lets at most room bytes of garbage grow before it is collected, as long as that is at least half of what is alive. It does
// nothing where the environment says GOGC or GOMEMLIMIT: whoever sets these knows better.
func Keep(room uint64) {
	if ours() {
		(&keeper{room: room, percent: usual}).watch()
	}
}

func ours() bool { return os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" }

type keeper struct {
	room    uint64
	percent int
}

// watch adjusts after the next collection, which finds the object that nobody holds.
func (k *keeper) watch() {
	runtime.AddCleanup(new([16]byte), func(k *keeper) {
		k.adjust()
		k.watch()
	}, k)
}

func (k *keeper) adjust() {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	// Setting it stops the world for a moment, which a small difference is not worth.
	if p := percent(sample[0].Value.Uint64(), k.room); p != k.percent && (max(p-k.percent, k.percent-p) >= 3 || p == usual || p == least) {
		k.percent = p
		debug.SetGCPercent(p)
	}
}
