package apikeyauthextension

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// maxAddresses bounds the memory of refused attempts; who was quiet longest is forgotten first.
const maxAddresses = 10_000

// throttle counts refused attempts by address in buckets that fill up again evenly over the window.
//
// It does not keep anybody from guessing a key, which 256 random bits do; it bounds what guessing costs others: answers,
// and questions to an introspection server.
type throttle struct {
	limit  float64
	window time.Duration

	mu      sync.Mutex
	buckets *simplelru.LRU[netip.Prefix, *bucket]
}

type bucket struct {
	left float64
	at   time.Time
}

func newThrottle(cfg RefusedAttemptsConfig) *throttle {
	buckets, _ := simplelru.NewLRU[netip.Prefix, *bucket](maxAddresses, nil) // fails for no room only
	return &throttle{limit: float64(cfg.Limit), window: cfg.Window, buckets: buckets}
}

// spent reports whether the address has no attempt left.
func (t *throttle) spent(addr net.Addr, now time.Time) bool {
	from, ok := t.source(addr)
	if !ok {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	b, ok := t.buckets.Peek(from)
	return ok && t.fill(b, now) < 1
}

// take uses up one attempt and reports whether there was one.
func (t *throttle) take(addr net.Addr, now time.Time) bool {
	from, ok := t.source(addr)
	if !ok {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	b, ok := t.buckets.Get(from)
	if !ok {
		b = &bucket{left: t.limit, at: now}
		t.buckets.Add(from, b)
	}
	if t.fill(b, now) < 1 {
		return false
	}
	b.left--
	return true
}

// fill adds what the time since the last look brought.
func (t *throttle) fill(b *bucket, now time.Time) float64 {
	if since := now.Sub(b.at); since > 0 {
		b.left = min(t.limit, b.left+t.limit*since.Seconds()/t.window.Seconds())
		b.at = now
	}
	return b.left
}

// pause is how long an address without attempts waits for the next one.
func (t *throttle) pause() time.Duration {
	return max(time.Second, time.Duration(t.window.Seconds()/t.limit*float64(time.Second)))
}

// source is an IPv4 address or the network of 64 bits that one IPv6 customer has. Local sockets have none and are not bounded.
func (t *throttle) source(addr net.Addr) (netip.Prefix, bool) {
	if t.limit == 0 {
		return netip.Prefix{}, false
	}
	var ip net.IP
	switch a := addr.(type) {
	case *net.IPAddr:
		ip = a.IP
	case *net.TCPAddr:
		ip = a.IP
	case *net.UDPAddr:
		ip = a.IP
	}
	from, ok := netip.AddrFromSlice(ip)
	if !ok {
		return netip.Prefix{}, false
	}
	from = from.Unmap()
	bits := 32
	if from.Is6() {
		bits = 64
	}
	p, err := from.Prefix(bits)
	return p, err == nil
}
