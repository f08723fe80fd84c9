package llmqueryextension

import (
	"net/url"
	"testing"
	"unicode/utf8"
)

// FuzzCursor reads anything as a cursor: what is one says the same when it is written again, and its window is one that can be asked.
func FuzzCursor(f *testing.F) {
	c := cursor{Version: cursorVersion, StartNS: earliest.UnixNano() + 1, EndNS: latest.UnixNano(), LastNS: 5, LastID: "0af7651916cd43dd8448eb211c80319c", Filters: "x"}
	f.Add(c.String())
	f.Add("")
	f.Add("eyJ2IjoxfQ")
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := parseCursor(text)
		if !ok {
			return
		}
		if again, ok := parseCursor(c.String()); !ok || again != c {
			t.Fatalf("%+v became %+v", c, again)
		}
		if w := c.window(); !w.Start.Before(w.End) || w.Start.Before(earliest) || w.End.After(latest) || !isTraceID(c.LastID) {
			t.Fatalf("%+v", c)
		}
	})
}

// FuzzParameters reads any query: each value is in its range or refused by name, in text, and nothing unknown is overlooked.
func FuzzParameters(f *testing.F) {
	f.Add("text=a&whole=5&yes=1&money=0.25&at=2026-01-31T13:00:00Z&one=a")
	f.Add("text=a&text=b&whole=1e9&yes=maybe&money=-1&at=9999-99-99&one=z&other=%ff")
	f.Add("whole=%00&money=000000000000000000000.1&at=2026-01-31T13:00:00 01:00")
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		p := newParams(values, false)
		text, whole, yes, money := p.text("text"), p.integer("whole", 10, 1, 100), p.boolean("yes"), p.decimal("money")
		at, one := p.instant("at"), p.choice("one", "a", "a", "b")
		err = p.err()
		unknown := false
		for name, all := range values {
			_, known := p.known[name]
			unknown = unknown || !known || len(all) > 1
		}
		if err == nil && unknown {
			t.Fatalf("%q: an unknown or repeated parameter was overlooked", query)
		}
		if whole < 1 || whole > 100 || (yes != "" && yes != "true" && yes != "false") || (one != "a" && one != "b") || len(text) > maxParameterBytes {
			t.Fatalf("%q: %q %d %q %q", query, text, whole, yes, one)
		}
		if !at.IsZero() && (at.Before(earliest) || at.After(latest)) || err == nil && money != "" && !decimalPattern.MatchString(money) {
			t.Fatalf("%q: %s %q", query, at, money)
		}
		for _, i := range p.invalid {
			if i.Reason == "" || len(i.Value) > 110 || utf8.ValidString(values.Get(i.Parameter)) && !utf8.ValidString(i.Value) {
				t.Fatalf("%+v", i)
			}
		}
	})
}
