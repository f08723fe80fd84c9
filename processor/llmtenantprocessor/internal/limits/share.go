package limits

import "sync/atomic"

// share divides the bytes that may be in flight.
//
// A tenant may have as many as are free, times its weight. So one noisy tenant gets half of all, two get a third each, and there is
// always a part free for those who come next; who is quiet needs no reserve of his own. (Choudhury and Hahne, dynamic queue length
// thresholds, 1998.)
type share struct {
	capacity int64
	used     atomic.Int64
}

// charge is what a request counts for. Half of all at most: a larger one would wait for a moment when nobody else sends.
func (s *share) charge(bytes int) int64 { return min(int64(bytes), max(1, s.capacity/2)) }

type shareAnswer int

const (
	shareTaken shareAnswer = iota
	shareSpent             // the tenant has all that it may have
	shareFull              // others have it all
)

// take adds a charge to what a tenant has in flight. The first request of a tenant needs room but no share.
func (s *share) take(own, charge int64, weight int) shareAnswer {
	for {
		used := s.used.Load()
		free := s.capacity - used
		switch {
		case own > 0 && own+charge > free*int64(max(1, weight)):
			return shareSpent
		case charge > free:
			return shareFull
		case s.used.CompareAndSwap(used, used+charge):
			return shareTaken
		}
	}
}

func (s *share) release(charge int64) { s.used.Add(-charge) }
