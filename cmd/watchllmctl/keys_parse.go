package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

const oneDay = 24 * time.Hour

// keyID accepts an id, or a whole key for people who have nothing else at hand.
func keyID(arg string) (string, error) {
	if key, err := apikey.Parse(arg); err == nil {
		return key.ID(), nil
	}
	switch {
	case strings.HasPrefix(arg, apikey.Prefix): // not repeated: most of it is secret
		return "", errors.New("this begins like a key but is mistyped or cut; `watchllmctl keys list` shows the ids")
	case !apikey.ValidID(arg):
		return "", fmt.Errorf("%q is not a key id; `watchllmctl keys list` shows them", arg)
	}
	return arg, nil
}

func parseExpiry(s string, now time.Time) (time.Time, error) {
	if s == "" || s == "never" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			if !t.After(now) {
				return time.Time{}, fmt.Errorf("%s lies in the past", s)
			}
			return t.UTC(), nil
		}
	}
	span, err := parseSpan(s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is neither a time span nor a date; write 90d, 720h, 2027-01-31 or never", s)
	}
	if span <= 0 {
		return time.Time{}, fmt.Errorf("%s lies in the past", s)
	}
	return now.Add(span).UTC(), nil
}

// parseSpan reads Go's durations and whole days, such as 90d.
func parseSpan(s string) (time.Duration, error) {
	if digits, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(digits)
		if err == nil && n >= 0 && n < 36500 {
			return time.Duration(n) * oneDay, nil
		}
		return 0, fmt.Errorf("%q is not a time span; write 24h or 7d", s)
	}
	span, err := time.ParseDuration(s)
	if err != nil || span < 0 {
		return 0, fmt.Errorf("%q is not a time span; write 24h or 7d", s)
	}
	return span, nil
}

func joinRoles(roles []tenancy.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ",")
}

func keyLife(expires time.Time) string {
	if expires.IsZero() {
		return "never expires"
	}
	return "expires " + showTime(expires)
}

func showTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
