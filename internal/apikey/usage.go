package apikey

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchllm/watchllm/internal/filelock"
)

// UsageFile is where the collector that reads keysFile keeps when each key was last used, unless it is told otherwise.
func UsageFile(keysFile string) string { return keysFile + ".last-used" }

// keptUnused is how long the last use of a key stays in the file that the collector no longer knows: another
// collector that shares the file may.
const keptUnused = 400 * 24 * time.Hour

// Usage remembers in memory when each key was last accepted and writes it down when Flush is called, so that a
// request costs no write.
type Usage struct {
	mu    sync.Mutex
	keys  map[string]*lastUse
	dirty atomic.Bool
}

// lastUse is a moment in seconds since 1970; 0 is never.
type lastUse struct {
	unix  atomic.Int64
	dirty *atomic.Bool
}

func (l *lastUse) note(second int64) {
	for {
		known := l.unix.Load()
		if known >= second {
			return
		}
		if l.unix.CompareAndSwap(known, second) {
			l.dirty.Store(true)
			return
		}
	}
}

func (u *Usage) of(id string) *lastUse {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.keys == nil {
		u.keys = map[string]*lastUse{}
	}
	l := u.keys[id]
	if l == nil {
		l = &lastUse{dirty: &u.dirty}
		u.keys[id] = l
	}
	return l
}

func (u *Usage) noted() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := map[string]time.Time{}
	for id, l := range u.keys {
		if second := l.unix.Load(); second > 0 {
			out[id] = time.Unix(second, 0).UTC()
		}
	}
	return out
}

// Flush adds what happened since the last call to the file; without news it does not touch it. Several
// collectors may share a file: the later time wins. After an error the next call tries again.
func (u *Usage) Flush(path string, now time.Time) (err error) {
	if !u.dirty.Swap(false) {
		return nil
	}
	defer func() {
		if err != nil {
			u.dirty.Store(true)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	unlock, err := filelock.Lock(path + ".lock")
	if err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	defer unlock()

	all, err := LoadUsage(path)
	var damaged *json.SyntaxError
	if err != nil && !errors.As(err, &damaged) { // a damaged file is replaced: there is nothing to mend by hand
		return err
	}
	maps.DeleteFunc(all, func(_ string, at time.Time) bool { return now.Sub(at) > keptUnused })
	for id, at := range u.noted() {
		if at.After(all[id]) {
			all[id] = at
		}
	}
	data, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return WriteSecret(path, append(data, '\n'))
}

// LoadUsage reads the file that Flush writes; without one nothing was used yet.
func LoadUsage(path string) (map[string]time.Time, error) {
	all := map[string]time.Time{}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return all, err
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return map[string]time.Time{}, fmt.Errorf("%s: %w; remove the file, the collector writes it anew", path, err)
	}
	return all, nil
}
