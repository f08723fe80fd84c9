package e2e

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// restless makes the exporter insert all the time, so that a kill is likely to hit an insert.
const restless = `
exporters:
  llm_clickhouse:
    sending_queue:
      batch: {flush_timeout: 20ms}
`

// The collector is killed ten times in a row, at random moments under load and while it is still starting. Whatever it acknowledged
// is stored once, and so is what the clients had to repeat because the acknowledgement was lost.
func TestKilledCollectorLosesAndRepeatsNothing(t *testing.T) {
	t.Run("as shipped", func(t *testing.T) { killTenTimes(t) })
	t.Run("inserting all the time", func(t *testing.T) { killTenTimes(t, restless) })
}

func killTenTimes(t *testing.T, overrides ...string) {
	i := startInstance(t, []string{"load"}, overrides...)
	l := startLoad(t, i, "load")
	for round := range 10 {
		// So many requests are acknowledged between two kills; every fourth hits a collector that has just opened its ports.
		until := l.accepted.Load() + rand.Int64N(500)
		if round%4 == 3 {
			until = l.accepted.Load()
		}
		l.reaches(t, until)
		i.process.kill()
		i.start(t)
		if round%4 != 2 {
			within(t, startLimit, "ports", i.isListening)
		}
	}
	within(t, startLimit, "ports", i.isListening)
	acknowledged := l.finish()
	if acknowledged == 0 {
		t.Fatal("nothing was acknowledged")
	}
	t.Logf("%d spans acknowledged, %d attempts repeated", acknowledged, l.repeats.Load())
	i.waitReady(t)
	within(t, lateLimit, "every acknowledged span once", func() error { return i.exactly("load", acknowledged) })

	// A clean stop flushes what may still wait in the queue: nothing may come after.
	i.stop(t)
	i.start(t)
	i.waitReady(t)
	if err := i.exactly("load", acknowledged); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

// The same for the engine's process: the extension starts it again and the exporter repeats what was not confirmed.
func TestKilledEngineLosesAndRepeatsNothing(t *testing.T) {
	i := startInstance(t, []string{"load"}, restless)
	l := startLoad(t, i, "load")
	for range 3 {
		l.reaches(t, l.accepted.Load()+100+rand.Int64N(400))
		var engine int
		within(t, startLimit, "engine", func() error {
			if _, _, err := i.stored("load"); err != nil {
				return err
			}
			if engine = childOf(t, i.process.cmd.Process.Pid, "watchllm-engine"); engine == 0 {
				return fmt.Errorf("the engine has no process")
			}
			return nil
		})
		if err := syscall.Kill(engine, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		within(t, lateLimit, "engine gone", func() error {
			if childOf(t, i.process.cmd.Process.Pid, "watchllm-engine") == engine {
				return fmt.Errorf("process %d is still there", engine)
			}
			return nil
		})
	}
	acknowledged := l.finish()
	within(t, lateLimit, "every acknowledged span once", func() error { return i.exactly("load", acknowledged) })
}

// SIGTERM under load, and again at once: what was acknowledged is there after the restart.
func TestRestartLosesNothing(t *testing.T) {
	i := startInstance(t, []string{"load"})
	l := startLoad(t, i, "load")
	for range 2 {
		l.reaches(t, l.accepted.Load()+300)
		engine := childOf(t, i.process.cmd.Process.Pid, "watchllm-engine")
		i.stop(t)
		within(t, 10*time.Second, "engine gone with its collector", func() error {
			if engine != 0 && alive(engine) {
				return fmt.Errorf("process %d is still there", engine)
			}
			return nil
		})
		i.start(t)
	}
	within(t, startLimit, "ports", i.isListening)
	acknowledged := l.finish()
	i.waitReady(t)
	within(t, lateLimit, "every acknowledged span once", func() error { return i.exactly("load", acknowledged) })
}
