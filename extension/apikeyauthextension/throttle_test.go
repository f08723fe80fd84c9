package apikeyauthextension

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func ip(s string) net.Addr { return &net.IPAddr{IP: net.ParseIP(s)} }

func TestThrottle(t *testing.T) {
	th := newThrottle(RefusedAttemptsConfig{Limit: 3, Window: time.Minute})
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for range 3 {
		require.False(t, th.spent(ip("10.0.0.1"), now))
		require.True(t, th.take(ip("10.0.0.1"), now))
	}
	require.True(t, th.spent(ip("10.0.0.1"), now))
	require.False(t, th.take(ip("10.0.0.1"), now))
	require.False(t, th.take(&net.TCPAddr{IP: net.ParseIP("::ffff:10.0.0.1"), Port: 7}, now), "the same machine, written otherwise")
	require.True(t, th.take(ip("10.0.0.2"), now), "others have their own")
	require.False(t, th.take(ip("10.0.0.1"), now.Add(-time.Hour)), "a clock that goes back gives nothing")

	require.False(t, th.take(ip("10.0.0.1"), now.Add(19*time.Second)))
	require.True(t, th.take(ip("10.0.0.1"), now.Add(20*time.Second)), "one third of the window, one of three attempts")
	require.False(t, th.take(ip("10.0.0.1"), now.Add(20*time.Second)))
	for i := range 4 {
		require.Equal(t, i < 3, th.take(ip("10.0.0.1"), now.Add(time.Hour)), "never more than the limit")
	}
	require.Equal(t, 20*time.Second, th.pause())
}

func TestThrottleSources(t *testing.T) {
	th := newThrottle(RefusedAttemptsConfig{Limit: 1, Window: time.Minute})
	now := time.Now()
	require.True(t, th.take(ip("2001:db8::1"), now))
	require.False(t, th.take(ip("2001:db8::ffff"), now), "one customer's network")
	require.True(t, th.take(ip("2001:db8:0:1::1"), now))
	for range 5 {
		for _, local := range []net.Addr{nil, &net.UnixAddr{Name: "x"}, &net.IPAddr{}} {
			require.True(t, th.take(local, now), "who has no address is not bounded")
			require.False(t, th.spent(local, now))
		}
	}
	off := newThrottle(RefusedAttemptsConfig{})
	for range 1000 {
		require.True(t, off.take(ip("10.0.0.1"), now))
	}
}

func TestThrottleForgets(t *testing.T) {
	th := newThrottle(RefusedAttemptsConfig{Limit: 1, Window: time.Minute})
	now := time.Now()
	for i := range maxAddresses + 500 {
		th.take(&net.IPAddr{IP: net.IPv4(10, byte(i>>16), byte(i>>8), byte(i))}, now)
	}
	require.Equal(t, maxAddresses, th.buckets.Len())
}
