package deadletter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/filelock"
)

// A letter of log records ends in logsSuffix, so that what knows of spans only does not take it for spans.
const (
	dataSuffix = ".otlp.pb"
	logsSuffix = ".otlp-logs.pb"
	infoSuffix = ".json"
	// What no resending can read: nobody but a human makes sense of it.
	damagedSuffix = ".damaged"
)

// ErrFull says that the folder holds as much as it may.
var ErrFull = errors.New("the dead-letter folder is full")

// ErrName says that a name is not that of a letter in the folder.
var ErrName = errors.New("not a dead letter")

// Info is why a letter is here; it is written beside the data as JSON.
type Info struct {
	Time   time.Time `json:"time"`
	Reason string    `json:"reason"`
	// Code is ClickHouse's exception code, 0 when the reason is not ClickHouse's.
	Code  int32  `json:"code"`
	Error string `json:"error"`
	Spans int    `json:"spans"`
	// Records are the log records, in a letter that holds no spans.
	Records int `json:"records,omitempty"`
	// Tenants counts the spans or log records of each tenant.
	Tenants map[string]int `json:"tenants"`
	// PID is the process that wrote the letter.
	PID int `json:"pid"`
}

// Letter is one file of spans, or of log records, with its reason.
type Letter struct {
	// Name is the file's name in the folder.
	Name string `json:"name"`
	// Size is that of the data in bytes.
	Size int64 `json:"size"`
	Info
}

// Folder is a dead-letter folder. The zero value of MaxBytes means that there is no bound.
type Folder struct {
	Dir      string
	MaxBytes int64

	mu  sync.Mutex
	seq int
}

// Write stores spans and reason, readable by the owner only, or returns ErrFull or what the file system
// said. When it returns nil, both files are on disk.
func (f *Folder) Write(td ptrace.Traces, info Info) error {
	data, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		return err
	}
	info.Spans = td.SpanCount()
	return f.write(data, dataSuffix, info)
}

// WriteLogs does for log records what Write does for spans.
func (f *Folder) WriteLogs(ld plog.Logs, info Info) error {
	data, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	if err != nil {
		return err
	}
	info.Records = ld.LogRecordCount()
	return f.write(data, logsSuffix, info)
}

// WriteDamaged stores bytes of which nobody can tell what they say, as Write does. They are no letter: List leaves them out.
func (f *Folder) WriteDamaged(data []byte, info Info) error {
	return f.write(data, damagedSuffix, info)
}

func (f *Folder) write(data []byte, suffix string, info Info) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	info.PID = os.Getpid()
	side, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	side = append(side, '\n')
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	used, err := f.size()
	if err != nil {
		return err
	}
	if need := used + int64(len(data)+len(side)); f.MaxBytes > 0 && need > f.MaxBytes {
		return fmt.Errorf("%w: %s would hold %d of at most %d bytes", ErrFull, f.Dir, need, f.MaxBytes)
	}
	f.seq++
	base := filepath.Join(f.Dir, fmt.Sprintf("%s-%d-%06d-%s", info.Time.UTC().Format("20060102T150405.000Z"), info.PID, f.seq, label(info.Reason)))
	// The reason goes first: data without it would be a riddle, the reason alone is ignored.
	if err := writeFile(base+infoSuffix, side); err != nil {
		return err
	}
	if err := writeFile(base+suffix, data); err != nil {
		return errors.Join(err, os.Remove(base+infoSuffix))
	}
	return filelock.SyncDir(f.Dir)
}

// Size is the number of bytes in the folder; a folder that does not exist is empty.
func (f *Folder) Size() (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.size()
}

func (f *Folder) size() (int64, error) {
	entries, err := os.ReadDir(f.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	var n int64
	for _, e := range entries {
		// A file may be removed while we look.
		if i, err := e.Info(); err == nil && i.Mode().IsRegular() {
			n += i.Size()
		}
	}
	return n, err
}

// List returns the letters, oldest first. A letter whose reason cannot be read has an empty one.
func (f *Folder) List() ([]Letter, error) {
	entries, err := os.ReadDir(f.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Letter
	for _, e := range entries {
		if checkName(e.Name()) != nil {
			continue
		}
		l := Letter{Name: e.Name()}
		if i, err := e.Info(); err == nil {
			l.Size = i.Size()
		}
		if b, err := os.ReadFile(f.side(e.Name())); err == nil {
			_ = json.Unmarshal(b, &l.Info)
		}
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b Letter) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Read returns a letter and its spans.
func (f *Folder) Read(name string) (Letter, ptrace.Traces, error) {
	l, data, err := f.read(name, dataSuffix)
	if err != nil {
		return Letter{}, ptrace.Traces{}, err
	}
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(data)
	if err != nil {
		return Letter{}, ptrace.Traces{}, fmt.Errorf("%s: %w", name, err)
	}
	return l, td, nil
}

// ReadLogs returns a letter and its log records.
func (f *Folder) ReadLogs(name string) (Letter, plog.Logs, error) {
	l, data, err := f.read(name, logsSuffix)
	if err != nil {
		return Letter{}, plog.Logs{}, err
	}
	ld, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(data)
	if err != nil {
		return Letter{}, plog.Logs{}, fmt.Errorf("%s: %w", name, err)
	}
	return l, ld, nil
}

// HoldsLogs tells by its name whether a letter holds log records, and not spans.
func HoldsLogs(name string) bool { return strings.HasSuffix(name, logsSuffix) }

func (f *Folder) read(name, suffix string) (Letter, []byte, error) {
	if err := checkName(name); err != nil {
		return Letter{}, nil, err
	}
	if !strings.HasSuffix(name, suffix) {
		return Letter{}, nil, fmt.Errorf("%q is %w of this kind: it does not end in %s", name, ErrName, suffix)
	}
	data, err := os.ReadFile(filepath.Join(f.Dir, name))
	if err != nil {
		return Letter{}, nil, err
	}
	l := Letter{Name: name, Size: int64(len(data))}
	if b, err := os.ReadFile(f.side(name)); err == nil {
		_ = json.Unmarshal(b, &l.Info)
	}
	return l, data, nil
}

// Remove deletes a letter.
func (f *Folder) Remove(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(f.Dir, name)); err != nil {
		return err
	}
	if err := os.Remove(f.side(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return filelock.SyncDir(f.Dir)
}

func (f *Folder) side(name string) string {
	base := strings.TrimSuffix(strings.TrimSuffix(name, dataSuffix), logsSuffix)
	return filepath.Join(f.Dir, base+infoSuffix)
}

func checkName(name string) error {
	if filepath.Base(name) != name || !strings.HasSuffix(name, dataSuffix) && !strings.HasSuffix(name, logsSuffix) {
		return fmt.Errorf("%q is %w: names end in %s or %s and have no folder", name, ErrName, dataSuffix, logsSuffix)
	}
	return nil
}

// label makes a reason fit for a file name.
func label(reason string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, reason)
}

// writeFile makes a whole file appear at once, and only after it is on disk.
func writeFile(path string, data []byte) error {
	tmp, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
