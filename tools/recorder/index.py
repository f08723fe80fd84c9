"""The index of recorded cases, in the same form as the folder beside it, and its check against the fake provider's figures."""

import fcntl
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from expectations import EXPECTATIONS
from expectations_js import EXPECTATIONS_JS
from fake import EMBEDDING_INPUT, FIGURES, summarise

NOTE = "Totals include cached tokens in input and reasoning tokens in output. usage null = the API returned none."
COUNTS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_input_tokens",
    "cache_write": "cache_write_input_tokens",
    "reasoning": "reasoning_output_tokens",
}
SUFFIXES = {"application/json": "json", "multipart/form-data": "multipart"}
KEEP_JSON = 20_000  # a longer body that came as OTLP/JSON is kept as protobuf only
EXPECTATIONS |= EXPECTATIONS_JS
TRANSCODE = Path(__file__).with_name("transcode.py")


def folder(about):
    name = about["client"].removeprefix("@").replace("/", "-")
    variant = f"+{about['variant']}" if about["variant"] else ""
    return f"{name}{variant}@{about['version']}"


def remove_files(target, scenario):
    for old in target.glob(f"{scenario}.*"):
        old.unlink()


def write(target, scenario, requests, python, rules):
    """Keeps each body as received, but for places of this machine; says in the entry when one was replaced."""
    remove_files(target, scenario)
    files, seen = [], {}
    for r in requests:
        number = seen[r.signal] = seen.get(r.signal, 0) + 1
        stem = f"{scenario}.{r.signal}" + (f"-{number}" if number > 1 else "")
        entry = {
            "path": r.path,
            "content_type": r.content_type,
            "content_encoding": r.encoding,
            "bytes": len(r.body),
            "signal": r.signal,
        }
        protobuf = r.content_type == "application/x-protobuf" and r.signal != "native"
        suffix = "pb" if protobuf else SUFFIXES.get(r.content_type.split(";")[0], "txt")
        if suffix == "json" and r.signal != "native":
            suffix = "wire.json"
        file = target / f"{stem}.{suffix}"
        if protobuf:
            file.write_bytes(r.body)
            command = [python, TRANSCODE, "rewrite", r.signal, file, json.dumps(rules)]
            changed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() != ""
            entry |= {"wire": "protobuf", "pb": file.name}
        else:
            body = r.body.decode("utf-8", "replace")
            new = body
            for old, place in rules:
                quote = "" if "/" in old else '"'
                new = new.replace(quote + old + quote, quote + place + quote)
            changed = new != body
            if r.signal == "native":
                entry |= {"wire": suffix, "headers": r.headers, "file": file.name}
            else:
                entry |= {"wire": "json", "pb": f"{stem}.pb", "wire_json": file.name}
            file.write_text(new)
            if r.signal != "native":
                subprocess.run([python, TRANSCODE, "protobuf", r.signal, file, target / entry["pb"]], check=True)
                if len(body) > KEEP_JSON:
                    file.unlink()
                    del entry["wire_json"]
        if changed:
            entry["paths_rewritten"] = True
        files.append(entry)
    return files


def returned(truth):
    """The counts that the provider returned at all: an embedding has only input, only Anthropic says what was written to a cache."""
    out = set()
    for call in truth["calls"]:
        out |= {"input_tokens"} if call["api"].endswith("embeddings") else set(call["usage"] or {})
    return out


def expect(name, truth):
    """What can be recovered from the bytes: what was returned, but for what expectations.py says is not in them."""
    client, _, scenario = name.partition("/")
    said = EXPECTATIONS.get(client, {}).get("*", {}) | EXPECTATIONS.get(client, {}).get(scenario, {})
    out = {
        "calls": said.get("calls", truth["successful_llm_calls"] + truth["embedding_calls"]),
        "failed_calls_visible": said.get("failed", truth["failed_calls"]),
    }
    there = returned(truth) if out["calls"] else set()
    for short, count in COUNTS.items():
        seen = count in there and short not in said.get("unknown", ()) or short in said.get("zero", ())
        out[count] = said.get("values", {}).get(short, truth["totals"][count] if seen else None)
    lost = [short for short, count in COUNTS.items() if count in returned(truth) and out[count] is None]
    if "note" in said:
        out["note"] = said["note"]
    elif out["calls"] + out["failed_calls_visible"] == 0:
        out["note"] = "the client sent no span for this"
    elif lost:
        out["note"] = "not on the wire: " + ", ".join(lost)
    return out


def key(case):
    """The name that expectations know a case by: with the client's version where there are expectations of that version."""
    client = case["dir"]
    if client not in EXPECTATIONS:
        client = client.rpartition("@")[0]
    return client + "/" + case["scenario"]


def load(out):
    path = out / "index.json"
    return json.loads(path.read_text()) if path.exists() else {"note": NOTE, "cases": []}


@contextmanager
def locked(out):
    """Two recordings side by side must not lose each other's cases."""
    with open(out / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def put(out, case):
    case["expect"] = expect(key(case), case["truth"])
    with locked(out):
        whole = load(out)
        whole["cases"] = [c for c in whole["cases"] if (c["dir"], c["scenario"]) != (case["dir"], case["scenario"])] + [case]
        save(out, whole)


def prune(out, target, scenarios):
    """Forgets scenarios of a client that its script no longer has."""
    forget(out, lambda c: c["dir"] == target and c["scenario"] not in scenarios)


def forget(out, which):
    with locked(out):
        whole = load(out)
        for case in [c for c in whole["cases"] if which(c)]:
            whole["cases"].remove(case)
            remove_files(out / case["dir"], case["scenario"])
        save(out, whole)


def save(out, whole):
    whole["cases"].sort(key=lambda c: (c["dir"], c["scenario"]))
    (out / "index.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")


def problems(case, out):
    """Everything about a case that does not follow from the house figures, the files, and expectations.py."""
    truth, answered = case["truth"], 0
    again = summarise(truth["calls"])
    if again != {k: truth[k] for k in again}:
        yield "the totals are not the sum of the calls"
    for call in truth["calls"]:
        if call["http_status"] != 200 or not call["usage"]:
            answered += call["http_status"] == 200
            continue
        if call["api"].endswith("embeddings"):
            want = (EMBEDDING_INPUT, 0)
        else:
            f = FIGURES[min(answered, len(FIGURES) - 1)]
            want, answered = (f["input"], f["output"]), answered + 1
        got = (call["usage"]["input_tokens"], call["usage"]["output_tokens"])
        if got != want:
            yield f"call {call['call']} has {got}, the fake gives {want}"
    if case["expect"] != expect(key(case), truth):
        yield "expect is not what expectations.py says (record.py check writes it anew)"
    for file in case["files"]:
        name = file.get("pb") or file.get("json") or file.get("file")
        if not (out / case["dir"] / name).exists():
            yield f"{name} is missing"


def check(out):
    with locked(out):
        return check_locked(out)


def check_locked(out):
    whole, bad = load(out), 0
    for case in whole["cases"]:
        case["expect"] = expect(key(case), case["truth"])
        for problem in problems(case, out):
            bad += 1
            print(f"{case['dir']}/{case['scenario']}: {problem}")
        for short, count in COUNTS.items():
            counted = case["expect"][count]
            if counted is not None and counted != case["truth"]["totals"][count] and "note" not in case["expect"]:
                bad += 1
                print(f"{case['dir']}/{case['scenario']}: expect differs from truth in {short} and no note says why")
    recorded = {key(c) for folder in (out, out.with_name("captures")) for c in load(folder)["cases"]}
    clients = {key(c).split("/")[0] for c in whole["cases"]}
    for client, scenarios in EXPECTATIONS.items():
        for scenario in scenarios:
            if client in clients and scenario != "*" and f"{client}/{scenario}" not in recorded:
                bad += 1
                print(f"expectations.py: {client}/{scenario} is no recorded case")
    save(out, whole)
    print(f"{len(whole['cases'])} cases, {bad} problems")
    return 1 if bad else 0


def show(out, here, venvs, name, form="usage"):
    target, _, scenario = name.rpartition("/")
    python = next(venvs.glob("*/bin/python"), None)
    if python is None:
        sys.exit(f"{venvs}: no environment that can read OTLP bodies; make one with `record.py venv openai_agents`, or set RECORDER_VENVS")
    for case in load(out)["cases"]:
        if case["dir"] != target or scenario not in (case["scenario"], "*"):
            continue
        print(
            f"\n## {case['dir']}/{case['scenario']}  truth {list(case['truth']['totals'].values())} expect {list(case['expect'].values())}"
        )
        for file in case["files"]:
            if file.get("pb") and (form == "json" or file["signal"] != "metrics"):
                print("#", file["pb"], flush=True)
                subprocess.run([python, here / "transcode.py", form, file["signal"], out / target / file["pb"]], check=False)
            elif file["signal"] == "native":
                print("#", file["file"])
                print((out / target / file["file"]).read_text()[:3000])
    return 0
