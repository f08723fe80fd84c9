package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchllm/watchllm/internal/apikey"
)

// startRun is what `make run` and `make demo` do once the binaries are built.
func startRun(t *testing.T, i *instance, args ...string) {
	t.Helper()
	p, err := launch(i.env, root(), i.logFile(), program(t, "watchllmctl"), append([]string{"run"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	i.process = p
}

// interrupt is Ctrl-C; a clean stop is exit code 0.
func (i *instance) interrupt(t *testing.T) {
	t.Helper()
	if err := i.process.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	timer := time.NewTimer(stopLimit)
	defer timer.Stop()
	select {
	case <-i.process.done:
		var exit *exec.ExitError
		if errors.As(i.process.err, &exit) {
			t.Errorf("Ctrl-C ends with %v", exit)
		}
	case <-timer.C:
		i.process.kill()
		t.Fatal("Ctrl-C did not end it")
	}
}

func (i *instance) output(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(i.logFile())
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// sentRecords is how a replay begins its summary.
var sentRecords = regexp.MustCompile(`sent \d+ records`)

// said waits until the command has printed something.
func (i *instance) said(t *testing.T, pattern string) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	within(t, startLimit, "output "+pattern, func() error {
		if !i.process.running() {
			return errEnded
		}
		if !re.MatchString(i.output(t)) {
			return errors.New("not printed")
		}
		return nil
	})
}

// One command gives a newcomer a key, the addresses and data to look at; a second start keeps all of it; Ctrl-C leaves nothing behind.
func TestRunCommand(t *testing.T) {
	i := prepareInstance(t, nil)
	startRun(t, i, "--demo")
	i.said(t, `WatchLLM is up`)
	i.said(t, sentRecords.String()+` in \d+ requests`)

	raw, err := os.ReadFile(i.path("api-key"))
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(string(raw))
	if _, err := apikey.Parse(key); err != nil {
		t.Errorf("the first key: %v", err)
	}
	for _, secret := range []string{"api-key", "keys.yaml", "clickhouse-password"} {
		if info, err := os.Stat(i.path(secret)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v, want a file only its owner reads", secret, info, err)
		}
	}
	out := i.output(t)
	if n := strings.Count(out, key); n == 0 {
		t.Error("the first key was not shown")
	}
	for _, address := range []string{i.grpc, i.http, i.query, i.clickhouse, i.health} {
		if !strings.Contains(out, "http://"+address) {
			t.Errorf("%s is not in the output", address)
		}
	}
	var o overview
	var sent int
	if _, err := fmt.Sscanf(sentRecords.FindString(out), "sent %d records", &sent); err != nil {
		t.Fatal(err)
	}
	within(t, lateLimit, "the whole demo in the store", func() error {
		rows, err := i.sql("SELECT countIf(usage_role_before = '') FROM llm_spans") // as they arrived
		if err != nil {
			return err
		}
		return want("rows", rows, fmt.Sprint(sent))
	})
	if _, err := i.get(key, "/api/v1/stats/overview?hours=24", &o); err != nil || o.Calls < 100 {
		t.Errorf("the overview has %d calls (%v)", o.Calls, err)
	}
	tenants, err := i.sql("SELECT uniqExact(tenant_id) FROM llm_spans")
	if err != nil || tenants == "1" {
		t.Errorf("the demo has %s tenants (%v), want several", tenants, err)
	}
	collector := childOf(t, i.process.cmd.Process.Pid, "watchllm")
	engine := childOf(t, collector, "watchllm-engine")
	i.interrupt(t)
	for name, pid := range map[string]int{"collector": collector, "engine": engine} {
		if pid == 0 {
			t.Errorf("the %s was not found", name)
		} else if alive(pid) {
			t.Errorf("the %s outlives Ctrl-C", name)
		}
	}

	// Again: same key, not shown again, same data.
	if err := os.Truncate(i.logFile(), 0); err != nil {
		t.Fatal(err)
	}
	startRun(t, i)
	i.said(t, `WatchLLM is up`)
	if strings.Contains(i.output(t), key) {
		t.Error("the key is shown a second time")
	}
	var again overview
	if _, err := i.get(key, "/api/v1/stats/overview?hours=24", &again); err != nil {
		t.Error(err)
	}
	if again.Calls == 0 || again.Calls > o.Calls {
		t.Errorf("%d calls after a restart, %d before", again.Calls, o.Calls)
	}
	i.interrupt(t)
}

// A second instance on the same ports says what is wrong and ends.
func TestRunCommandOnTakenPorts(t *testing.T) {
	i := shared.get(t)
	second := prepareInstance(t, nil)
	second.env = append(append([]string(nil), i.env...), "WATCHLLM_DATA_DIR="+second.data())
	startRun(t, second)
	within(t, startLimit, "the end", func() error {
		if second.process.running() {
			return errors.New("it still runs")
		}
		return nil
	})
	var exit *exec.ExitError
	if !errors.As(second.process.err, &exit) || exit.Sys().(syscall.WaitStatus).Signaled() {
		t.Errorf("ends with %v, want an error code", second.process.err)
	}
	if out := second.output(t); !strings.Contains(out, "address already in use") {
		t.Errorf("the reason is not in the output:\n%s", out)
	}
	if code, _, err := i.answers("http://" + i.health); err != nil || code != http.StatusOK {
		t.Errorf("the first instance answers %d (%v)", code, err)
	}
}
