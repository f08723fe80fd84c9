#!/usr/bin/env python3
"""Records what real LLM clients send while they call a fake provider on loopback. The README says how and why.

record.py venv NAME...     makes the environments of these clients (all of them without a name)
record.py record NAME...   runs their scenarios and writes bodies and index; NAME/SCENARIO for one of them
record.py check            compares every case of the index with the figures the fake provider gives out
record.py show DIR/SCENARIO [json]   what a recorded case says about tokens, or all of it as OTLP/JSON
"""

import datetime
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import index
from fake import serve
from sink import Sink

HERE = Path(__file__).resolve().parent
CLIENTS, SHARED = HERE / "clients", HERE / "shared"
OUT = Path(os.environ.get("RECORDER_OUT", HERE.parents[1] / "internal/testkit/testdata/captures-recorded"))
VENVS = Path(os.environ.get("RECORDER_VENVS", HERE.parents[1] / "build/recorder"))
# Fixed, because the address of the fake provider is in the recorded bytes.
PROVIDER_PORT, SINK_PORT = map(int, os.environ.get("RECORDER_PORTS", "14010,14018").split(","))
SCENARIO_TIMEOUT = 120


def names():
    return sorted(p.stem for p in CLIENTS.glob("*.py"))


def environment(name):
    """Several configurations share an environment; the first comment of a script may name it: `# env: NAME`."""
    first = (CLIENTS / f"{name}.py").read_text().splitlines()[0]
    return first.removeprefix("# env:").strip() if first.startswith("# env:") else name


def command(name, argument):
    """-P keeps the scripts' folder off the import path: many are named as the package they use."""
    return [python(name), "-P", CLIENTS / f"{name}.py", argument]


def python(name):
    return VENVS / environment(name) / "bin/python"


def make_venvs(wanted):
    for env in sorted({environment(n) for n in wanted}):
        target = VENVS / env
        if not (target / "bin/python").exists():
            subprocess.run([os.environ.get("RECORDER_PYTHON", sys.executable), "-m", "venv", target], check=True)
        requirements = HERE / "requirements" / f"{env}.txt"
        subprocess.run([target / "bin/python", "-m", "pip", "install", "-q", "--no-deps", "-r", requirements], check=True)
        print(env, "ready in", target)


def client_env(home):
    provider, sink = f"http://127.0.0.1:{PROVIDER_PORT}", f"http://127.0.0.1:{SINK_PORT}"
    return {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "PYTHONPATH": str(SHARED),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "OPENAI_API_KEY": "sk-capture",
        "OPENAI_BASE_URL": provider + "/v1",
        "OPENAI_API_BASE": provider + "/v1",
        "ANTHROPIC_API_KEY": "sk-ant-capture",
        "ANTHROPIC_BASE_URL": provider,
        "GEMINI_API_KEY": "capture",
        "GOOGLE_GEMINI_BASE_URL": provider,
        "OTEL_EXPORTER_OTLP_ENDPOINT": sink,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_SERVICE_NAME": "weather-app",
        "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "otel",
        "PROVIDER_URL": provider,
        "SINK_URL": sink,
        "NO_PROXY": "127.0.0.1,localhost",
    }


def rewrites(name):
    """Places of this machine that stack traces and resource attributes carry, longest first."""
    run = "import sys; print(sys.prefix); print(sys.base_prefix)"
    prefix, base = subprocess.run([python(name), "-c", run], check=True, capture_output=True, text=True).stdout.split()
    places = {
        prefix: "/app/venv",
        base: "/app/python",
        str(CLIENTS): "/app",
        str(SHARED): "/app",
        str(HERE): "/app",
        socket.gethostname(): "app-host",
    }
    relative = {old[1:]: new[1:] for old, new in places.items() if old.startswith("/")}  # as seen from the root
    return sorted((places | relative).items(), key=lambda item: -len(item[0]))


class Runner:
    """A client's interpreter, its packages imported once; every scenario gets a fork of it."""

    def __init__(self, name):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command(name, "--serve"),
            env=client_env("/"),
            cwd="/",
            text=True,
            bufsize=1,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            start_new_session=True,
        )

    def run(self, scenario, home):
        """The exit code and what went to standard error. A client that hangs takes its interpreter with it."""
        at = self.log.seek(0, os.SEEK_END)
        code, timer = -1, threading.Timer(SCENARIO_TIMEOUT, self.kill)
        timer.start()
        print(json.dumps({"scenario": scenario, "home": home}), file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            if line.strip().lstrip("-").isdigit():
                code = int(line)
                break
        timer.cancel()
        self.log.seek(at)
        return code, self.log.read()

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.log.close()


def record(name, only, ledger, sink):
    described = subprocess.run(command(name, "--describe"), env=client_env("/"), check=True, capture_output=True, text=True)
    about = json.loads(described.stdout)
    scenarios = about.pop("scenarios")
    folder = index.folder(about)
    (OUT / folder).mkdir(parents=True, exist_ok=True)
    index.prune(OUT, folder, scenarios)
    places, runner = rewrites(name), Runner(name)
    for scenario, what in scenarios.items():
        if only and scenario != only:
            continue
        with tempfile.TemporaryDirectory() as home:
            ledger.begin(f"{name}/{scenario}")
            sink.take()
            code, said = runner.run(scenario, home)
            files = index.write(OUT / folder, scenario, sink.take(), python(name), [(home, "/home/app"), *places])
        if code == -1:
            runner = Runner(name)
        truth = ledger.truth()
        failed = code != 0 or not truth["http_calls"]
        if failed or os.environ.get("RECORDER_VERBOSE"):
            print(said[-3000:], file=sys.stderr)
        if failed:
            print(f"{name}/{scenario}: the client failed or called nobody, not recorded", flush=True)
            index.remove_files(OUT / folder, scenario)
            index.forget(OUT, lambda c, s=scenario: (c["dir"], c["scenario"]) == (folder, s))
            continue
        index.put(
            OUT,
            about
            | {
                "dir": folder,
                "scenario": scenario,
                "about": what,
                "exit_code": code,
                "captured_at": datetime.date.today().isoformat(),
                "files": files,
                "truth": truth,
            },
        )
        print(f"{name}/{scenario}: {truth['http_calls']} calls, {[f['signal'] + ':' + str(f['bytes']) for f in files]}", flush=True)
    runner.close()


def main(command, *args):
    if command == "venv":
        make_venvs(args or names())
    elif command == "record":
        server, ledger = serve(PROVIDER_PORT)
        sink = Sink(SINK_PORT)
        for arg in args or names():
            name, _, only = arg.partition("/")
            record(name, only, ledger, sink)
        server.shutdown()
        return index.check(OUT)
    elif command == "check":
        return index.check(OUT)
    elif command == "show":
        return index.show(OUT, HERE, VENVS, *args)
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*(sys.argv[1:] or ["help"])))
