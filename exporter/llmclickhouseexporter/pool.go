package llmclickhouseexporter

// pool keeps a few things that are dear to make. Unlike sync.Pool it keeps them over a garbage collection, of which there are
// several a second under load: buffers of megabytes would grow anew after each.
type pool[T any] struct {
	free chan T
	make func() T
}

func newPool[T any](kept int, fresh func() T) pool[T] {
	return pool[T]{free: make(chan T, kept), make: fresh}
}

func (p pool[T]) get() T {
	select {
	case x := <-p.free:
		return x
	default:
		return p.make()
	}
}

// put keeps x unless there is enough, or a rare giant has used it.
func (p pool[T]) put(x T, bytes int) {
	if bytes > keptBytes {
		return
	}
	select {
	case p.free <- x:
	default:
	}
}

// keptBytes is what the largest thing in a pool may take: an insert of the default size, and as much again.
const keptBytes = 8 * mib
