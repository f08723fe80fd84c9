package apikeyauthextension

import (
	"crypto/sha256"
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
	lastErr   string
}

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
	f.last, f.sum, f.unsettled = st, sum, time.Since(st.ModTime()) < mtimeGrain
	if same {
		return nil, false, nil
	}
	if records, err = apikey.Decode(f.path, data); err != nil {
		return nil, false, f.once(err)
	}
	f.lastErr = ""
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
