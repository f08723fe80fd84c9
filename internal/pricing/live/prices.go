package live

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/pricing"
)

// settle is how long files have to stay the same before they are taken for complete: what is half written may well be readable.
const settle = time.Second

// Prices is a price book made of the built-in prices and the user's files, which are looked at from time to time. A change that
// makes a good book takes its place; one that does not is logged once, and the old book stays. It is safe for concurrent use.
type Prices struct {
	paths    []string
	interval time.Duration
	logger   *zap.Logger

	book            atomic.Pointer[pricing.Book]
	loaded, refused atomic.Int64
	state           atomic.Pointer[State]

	// What follows belongs to whoever looks.
	known   sight // what the book is made of, or what was refused
	pending sight // what was seen the last time and may still be in the making

	starting, closing sync.Once
	stop, done        chan struct{}
}

// A sight is what one look at the files found: their content, or why they could not be read.
type sight struct {
	digest [32]byte
	fault  string
}

// Stats count what became of changes of the files since Open.
type Stats struct {
	Loaded  int64 // changes whose book took the old one's place
	Refused int64 // changes that left the old book in place
}

// State is what became of the last change of the files.
type State struct {
	// Loaded is when the book in use was made.
	Loaded time.Time
	// Refused is why the files as they are now are not the book in use, and RefusedAt since when; nil when they are.
	Refused   error
	RefusedAt time.Time
}

// Open compiles the book of the built-in prices, corrected by files and folders in their order. A bad file is an error that names
// file and line. Start looks for changes each interval; an interval of 0 never does.
func Open(paths []string, interval time.Duration, logger *zap.Logger) (*Prices, error) {
	p := &Prices{paths: paths, interval: interval, logger: logger, stop: make(chan struct{}), done: make(chan struct{})}
	files, err := pricing.ReadFiles(paths...)
	if err != nil {
		return nil, err
	}
	book, err := files.Book()
	if err != nil {
		return nil, fmt.Errorf("prices: %w", err)
	}
	p.book.Store(book)
	p.known.digest = files.Digest()
	p.state.Store(&State{Loaded: time.Now()})
	return p, nil
}

// Book is the book in use. It never changes: ask again for the next call.
func (p *Prices) Book() *pricing.Book { return p.book.Load() }

// Price is what a call costs by the book in use.
func (p *Prices) Price(c *pricing.Call) pricing.Result { return p.book.Load().Price(c) }

// Stats are the counts so far.
func (p *Prices) Stats() Stats { return Stats{Loaded: p.loaded.Load(), Refused: p.refused.Load()} }

// State tells of the last change.
func (p *Prices) State() State { return *p.state.Load() }

// Start begins to look for changes, in the background. It does nothing when there are no files, or is none to be looked for.
func (p *Prices) Start() {
	p.starting.Do(func() {
		if p.interval <= 0 || len(p.paths) == 0 {
			close(p.done)
			return
		}
		go p.watch()
	})
}

// Close ends the looking and waits for its end. The book stays in use.
func (p *Prices) Close() {
	p.starting.Do(func() { close(p.done) }) // never started
	p.closing.Do(func() { close(p.stop) })
	<-p.done
}

func (p *Prices) watch() {
	defer close(p.done)
	timer := time.NewTimer(p.interval)
	defer timer.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-timer.C:
		}
		wait := p.interval
		if p.look() {
			wait = min(wait, settle)
		}
		timer.Reset(wait)
	}
}

// look reads the files, all of them each time: they are small, and neither times nor sizes of files tell for certain that nothing
// changed. It reports whether something changed that has to be looked at again before it is taken.
func (p *Prices) look() (again bool) {
	files, err := pricing.ReadFiles(p.paths...)
	now := sight{}
	if err != nil {
		now.fault = err.Error()
	} else {
		now.digest = files.Digest()
	}
	switch now {
	case p.known:
		p.pending = sight{}
		return false
	case p.pending:
		p.known, p.pending = now, sight{}
	default:
		p.pending = now
		return true
	}
	var book *pricing.Book
	if err == nil {
		book, err = compile(files)
	}
	if err != nil {
		p.refused.Add(1)
		p.state.Store(&State{Loaded: p.state.Load().Loaded, Refused: err, RefusedAt: time.Now()})
		p.logger.Error("The changed price files are refused and the old price book stays in use. Correct the file; it is read again by itself.",
			zap.Error(err), zap.Strings("prices", p.paths))
		return false
	}
	p.book.Store(book)
	p.state.Store(&State{Loaded: time.Now()})
	p.loaded.Add(1)
	p.logger.Info("The price files have changed and the new price book is in use.", zap.Strings("prices", p.paths))
	return false
}

// compile turns a fault of ours in reading a file into an error: prices go on with the old book.
func compile(files *pricing.Files) (book *pricing.Book, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("fault in reading the files, please report this: %v\n%s", fault, debug.Stack())
		}
	}()
	return files.Book()
}
