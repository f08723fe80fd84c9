package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/watchllm/watchllm/internal/chdb"
	"github.com/watchllm/watchllm/internal/chdb/chhttp"
	"github.com/watchllm/watchllm/internal/chdb/engineproc"
	"github.com/watchllm/watchllm/internal/chdb/library"
)

// closing is how long requests under way may go on after the order to stop.
const closing = 10 * time.Second

// cancelling is how long their cancelling may take then; what is left ends with
// the process, as at a crash.
const cancelling = 5 * time.Second

// run serves until it is told to stop. Everything that can fail cheaply comes
// before the engine starts.
func run(o engineproc.Options, start time.Time) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, engineproc.LogOptions()))
	f, err := makeFolder(o.Path)
	if err != nil {
		return err
	}
	password, err := readPassword(o.PasswordFile)
	if err != nil {
		return err
	}
	if o, err = resolve(o, f); err != nil {
		return err
	}
	if !sandboxed() && o.Sandbox != engineproc.SandboxOff {
		err := enterSandbox(o.Args(), f.own(), []string{o.Library, o.PasswordFile})
		if o.Sandbox == engineproc.SandboxRequired || !errors.Is(err, errNoSandbox) {
			return failed(engineproc.ExitSandbox, "%w: --sandbox=%s goes without", err, engineproc.SandboxOff)
		}
		log.Warn("running without a sandbox", "reason", err)
	}
	lock, err := f.lock()
	if err != nil {
		return err
	}
	defer lock.Close()
	return serveEngine(o, f, password, start, log)
}

// resolve makes paths absolute: the working directory changes later.
func resolve(o engineproc.Options, f folder) (engineproc.Options, error) {
	library, err := library.Find(o.Library)
	if err != nil {
		return o, &failure{engineproc.ExitLibrary, err}
	}
	o.Path = f.root
	for _, path := range []struct {
		from string
		to   *string
	}{{library, &o.Library}, {o.PasswordFile, &o.PasswordFile}} {
		if *path.to, err = filepath.Abs(path.from); err != nil {
			return o, err
		}
	}
	return o, nil
}

func serveEngine(o engineproc.Options, f folder, password string, start time.Time, log *slog.Logger) error {
	stop := stopped(o.ExitWithInput, log)
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return failed(engineproc.ExitListen, "%w: stop what uses the address, or choose another with --listen", err)
	}
	defer func() { _ = listener.Close() }()
	server, err := startEngine(o, f, password, log)
	if err != nil {
		return err
	}
	log.Info("ClickHouse engine serves", "options", describe(o), "engine", server.Version())
	ready := engineproc.Ready{Addr: listener.Addr().String(), Engine: server.Version(), Library: chdb.Version(), Start: time.Since(start)}
	fmt.Println(ready)
	err = serve(listener, server, stop, log)
	server.Close()
	if e := chdb.Shutdown(); e != nil {
		log.Debug("engine shutdown", "note", e)
	}
	log.Info("ClickHouse engine closed")
	return err
}

// stopped is closed on SIGTERM, Ctrl-C or, when wanted, the end of stdin, which
// comes also when the parent was killed.
func stopped(withInput bool, log *slog.Logger) <-chan struct{} {
	stop := make(chan struct{})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	input := make(chan struct{})
	if withInput {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			close(input)
		}()
	}
	go func() {
		select {
		case s := <-signals:
			log.Info("stopping", "signal", s.String())
		case <-input:
			log.Info("stopping", "reason", "stdin closed")
		}
		close(stop)
	}()
	return stop
}

func startEngine(o engineproc.Options, f folder, password string, log *slog.Logger) (*chhttp.Server, error) {
	if err := chdb.Load(o.Library); err != nil {
		return nil, failed(engineproc.ExitLibrary, "%w: run `%s --force` to bring it anew", err, library.InstallCommand)
	}
	config, err := writeConfig(newEngineConfig(o, f), f)
	if err != nil {
		return nil, err
	}
	if err := os.Chdir(f.empty()); err != nil {
		return nil, failed(engineproc.ExitFolder, "the data directory cannot be used: %w", err)
	}
	connect := func() (chhttp.Conn, error) { return chdb.Connect("--path="+f.data(), "--config-file="+config) }
	server, err := chhttp.New(chhttp.Options{
		Connect: connect, User: user, Password: password,
		Database: o.Databases[0], Connections: o.Connections, Wait: o.MaxWait,
		Limits: chhttp.Limits{Time: *o.QueryTime, Memory: o.QueryMemory, ResultRows: o.ResultRows, ResultBytes: o.ResultBytes},
		Spool:  f.spool(), Log: log,
	})
	if err == nil {
		err = checkData(connect, o.Databases[0], log)
	}
	if err != nil {
		return nil, failed(engineproc.ExitData, "the engine does not open the data in %s: %w (its reasons are above and in %s). Restore the directory from a backup, or move it away to begin with an empty one", f.data(), err, f.logs())
	}
	return server, nil
}

// checkData makes the default database and tells of parts that the engine found
// broken and set aside.
func checkData(connect chhttp.Connect, database string, log *slog.Logger) error {
	c, err := connect()
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Exec("CREATE DATABASE IF NOT EXISTS `"+database+"` ENGINE = Atomic", "Null", nil, nil); err != nil {
		return err
	}
	const broken = "SELECT count() FROM system.detached_parts WHERE startsWith(reason, 'broken')"
	return c.Exec(broken, "TSV", nil, func(b []byte, _ chdb.Stats) error {
		if n := strings.TrimSpace(string(b)); n != "0" {
			log.Error("parts of the data could not be read and were set aside: see system.detached_parts, and restore them from a backup", "parts", n)
		}
		return nil
	})
}

// serve answers until stop, and then lets what is under way end.
func serve(listener net.Listener, handler *chhttp.Server, stop <-chan struct{}, log *slog.Logger) error {
	base, cancel := context.WithCancel(context.Background())
	defer cancel()
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    1 << 20,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failedServing := make(chan error, 1)
	go func() { failedServing <- server.Serve(listener) }()
	select {
	case err := <-failedServing:
		return err
	case <-stop:
	}
	ctx, done := context.WithTimeout(context.Background(), closing)
	defer done()
	if err := server.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
		log.Warn("cancelling the statements that still run", "statements", handler.Running())
		cancel()
		_ = server.Close()
		handler.Drain(cancelling)
	}
	return nil
}
