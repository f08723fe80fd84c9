package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// One span that ClickHouse refuses for good is set aside with the reason; its neighbours are stored, and it can be sent again.
func TestRefusedSpanIsSetAside(t *testing.T) {
	i := startInstance(t, []string{"acme"})
	if _, err := i.sql("ALTER TABLE llm_spans ADD CONSTRAINT no_poison CHECK name != 'poison'"); err != nil {
		t.Fatal(err)
	}
	req := requestOf(5)
	req.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(2).SetName("poison")
	if err := i.post("acme", req); err != nil {
		t.Fatal(err)
	}
	within(t, lateLimit, "the neighbours are stored", func() error { return i.exactly("acme", 4) })
	within(t, lateLimit, "the refused span is set aside", func() error {
		letters, err := filepath.Glob(filepath.Join(i.path("dead-letter"), "*.otlp.pb"))
		if err != nil {
			return err
		}
		return want("letters", len(letters), 1)
	})
	listed := ctl(t, i.env, "deadletter", "list")
	if !strings.Contains(listed, "VIOLATED_CONSTRAINT") {
		t.Errorf("deadletter list does not name the reason:\n%s", listed)
	}
	if info, err := os.Stat(i.path("dead-letter")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the dead-letter folder is readable by others: %v %v", info, err)
	}

	if _, err := i.sql("ALTER TABLE llm_spans DROP CONSTRAINT no_poison"); err != nil {
		t.Fatal(err)
	}
	ctl(t, i.env, "deadletter", "resend", "--all")
	within(t, lateLimit, "the span is stored after all", func() error {
		if err := i.exactly("acme", 5); err != nil {
			return err
		}
		out, err := i.sql("SELECT count() FROM llm_spans WHERE name = 'poison'")
		if err != nil {
			return err
		}
		if out != "1" {
			return fmt.Errorf("%s rows", out)
		}
		return nil
	})
}
