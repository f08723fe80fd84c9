package e2e

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// errEnded is in the error when what is waited for cannot come any more.
var errEnded = errors.New("the collector ended, see its log")

const poll = 40 * time.Millisecond

// within polls until check is content, and fails with its last complaint at the deadline.
func within(t testing.TB, limit time.Duration, what string, check func() error) {
	t.Helper()
	started := time.Now()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		if errors.Is(err, errEnded) {
			t.Fatalf("%s: %v", what, err)
		}
		if time.Since(started) > limit {
			t.Fatalf("%s: not within %s: %v", what, limit, err)
		}
		select {
		case <-ticker.C:
		case <-t.Context().Done():
			t.Fatalf("%s: %v", what, t.Context().Err())
		}
	}
}

// want complains when two values differ.
func want[T comparable](what string, got, expected T) error {
	if got != expected {
		return fmt.Errorf("%s is %v, want %v", what, got, expected)
	}
	return nil
}
