package apikeyauthextension

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/watchllm/watchllm/internal/apikey"
)

// mtimeGrain is the coarsest modification time in common use (FAT, some network file systems):
// a file that was changed less than this before it was read may change again unnoticed.
const mtimeGrain = 2 * time.Second

// keysFile notices changes of one file. It looks instead of subscribing: a look is one stat,
// and it also works on network file systems and on the symbolic links Kubernetes swaps.
type keysFile struct {
	path string
	last os.FileInfo
	sum  [sha256.Size]byte
	// unsettled is set while the file is too young for its time to be trusted.
	unsettled bool
	// writing is the content seen last of a file that is being changed in place, which may be half of what it will be.
	writing *[sha256.Size]byte
	// loaded is set once the file was taken over.
	loaded  bool
	lastErr string
}

var errEmptied = errors.New("the file was emptied; restore it, or write `keys: []` to have no keys")

// poll returns the records if the content changed since the last call, or an error if what is
// there cannot be used. The same error is returned once.
func (f *keysFile) poll() (records []apikey.Record, changed bool, err error) {
	st, err := os.Stat(f.path)
	if err != nil {
		f.last = nil
		return nil, false, f.once(err)
	}
	if f.last != nil && !f.unsettled && os.SameFile(st, f.last) && st.ModTime().Equal(f.last.ModTime()) && st.Size() == f.last.Size() {
		return nil, false, nil
	}
	data, err := f.read()
	if err != nil {
		f.last = nil
		return nil, false, f.once(err)
	}
	sum := sha256.Sum256(data)
	same := f.last != nil && sum == f.sum
	if !same && f.last != nil && os.SameFile(st, f.last) && (f.writing == nil || *f.writing != sum) {
		f.writing = &sum // the next look tells whether it is finished; a file put in place by a rename always is
		return nil, false, nil
	}
	f.last, f.sum, f.unsettled, f.writing = st, sum, time.Since(st.ModTime()) < mtimeGrain, nil
	if same {
		return nil, false, nil
	}
	if f.loaded && len(bytes.TrimSpace(data)) == 0 {
		return nil, false, f.once(fmt.Errorf("%s: %w", f.path, errEmptied))
	}
	if records, err = apikey.Decode(f.path, data); err != nil {
		return nil, false, f.once(err)
	}
	f.lastErr, f.loaded = "", true
	return records, true, nil
}

func (f *keysFile) read() ([]byte, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, apikey.MaxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	return data, nil
}

func (f *keysFile) once(err error) error {
	if err.Error() == f.lastErr {
		return nil
	}
	f.lastErr = err.Error()
	return err
}
