"""A provider on loopback that speaks the OpenAI, Anthropic and Gemini wire formats and knows what it billed.

Every answer takes its figures from FIGURES by its number inside a case, so a wrong total in a test tells where it came from:
2074 is the first call counted twice, 397 the first Anthropic call without its cached tokens.
"""

import functools
import json
import random
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import wire_anthropic
import wire_gemini
import wire_openai
from sink import read_body

# input and output are inclusive: input holds cached and cache-written tokens, output holds reasoning.
FIGURES = (
    {"input": 1037, "output": 211, "cached": 512, "written": 128, "reasoning": 64},
    {"input": 1283, "output": 89, "cached": 1024, "written": 64, "reasoning": 0},
    {"input": 1511, "output": 53, "cached": 1280, "written": 32, "reasoning": 16},
)
EMBEDDING_INPUT = 37
TEXT = "It is sunny in Paris."
ARGUMENTS = {"city": "Paris"}
OBJECT = {"city": "Paris", "sky": "sunny"}  # what is answered where JSON by a schema is asked for
FIRST_CHUNK_DELAY = 0.06

# A model name ending in one of these is refused, or a user of that name where a client takes only models it knows; the clients are
# told not to try again, except by "-once".
REFUSALS = {
    "-fail400": (400, "invalid_request_error", "context_length_exceeded"),
    "-fail429": (429, "rate_limit_exceeded", "rate_limit_exceeded"),
    "-fail529": (529, "overloaded_error", None),
    "-once429": (429, "rate_limit_exceeded", "rate_limit_exceeded"),
}
SERVED = {"gpt-5-mini": "gpt-5-mini-2026-03-01"}


@dataclass
class Call:
    """What one request asks for, the same for every wire format."""

    api: str
    provider: str
    model: str
    stream: bool
    include_usage: bool = True
    choices: int = 1
    inputs: int = 1
    tool: str | None = None  # the tool the answer must ask for, None for text
    tool_arguments: dict | None = None
    schema: bool = False  # the answer must be JSON by a schema

    @property
    def text(self) -> str:
        return json.dumps(OBJECT) if self.schema else TEXT


@dataclass
class Answer:
    call: Call
    model: str
    response_id: str
    tool_id: str
    figures: dict


# Tools that coding agents bring along: one of them is asked for where the weather is.
AGENT_TOOLS = {
    "list_directory": {"dir_path": "."},
    "exec_command": {"cmd": "echo 21 degrees"},
    "shell_command": {"command": "echo 21 degrees"},
    "shell": {"command": ["echo", "21 degrees"]},
    "Glob": {"pattern": "*.md"},
    "Bash": {"command": "echo 21 degrees", "description": "The weather"},
}
WEATHER = "the weather in Paris"


def next_tool(offered: list[str], answered: bool, asked: bool = False) -> tuple[str | None, dict | None]:
    """The tool to ask for: the weather first, then, for agents that end by a tool, the final answer."""
    if "json" in offered:  # how the AI SDK asks Anthropic for an object
        return "json", OBJECT
    if asked and not answered and not any(name.endswith("get_weather") for name in offered):
        return next(((name, AGENT_TOOLS[name]) for name in AGENT_TOOLS if name in offered), (None, None))
    for name in offered:
        if not answered and name.endswith("get_weather"):
            return name, ARGUMENTS
        if answered and name == "final_answer":
            return name, {"answer": TEXT}
    return None, None


class Ledger:
    """The calls of the case under way."""

    def __init__(self):
        self.lock = threading.Lock()
        self.random = random.Random()
        self.begin("")

    def begin(self, case: str):
        with self.lock:
            self.random.seed(case)  # recording again gives the same ids
            self.calls, self.answered, self.refused_once = [], 0, set()

    def ident(self, prefix: str) -> str:
        return prefix + "".join(self.random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=10))

    def refuse(self, call: Call, user: str):
        for suffix, refusal in REFUSALS.items():
            if not call.model.endswith(suffix) and "-" + user != suffix:
                continue
            with self.lock:
                if suffix == "-once429":
                    if call.model in self.refused_once:
                        return None
                    self.refused_once.add(call.model)
                status, kind, code = refusal
                entry = self.entry(call) | {"http_status": status, "error_type": kind, "usage": None}
                if code:
                    entry["error_code"] = code
                self.calls.append(entry)
            return refusal
        return None

    def entry(self, call: Call) -> dict:
        return {
            "call": len(self.calls) + 1,
            "api": call.api,
            "provider": call.provider,
            "request_model": call.model,
            "stream": call.stream,
        }

    def answer(self, call: Call) -> Answer:
        with self.lock:
            model = SERVED.get(call.model.removesuffix("-once429"), call.model)
            entry = self.entry(call) | {"response_model": model, "http_status": 200, "usage_on_wire": call.include_usage}
            if call.api.endswith("embeddings"):
                figures = {"input": EMBEDDING_INPUT, "output": 0}
                entry |= {"usage": {"input_tokens": EMBEDDING_INPUT, "output_tokens": 0}, "inputs": call.inputs}
                self.calls.append(entry)
                return Answer(call, model, "", "", figures)
            figures = FIGURES[min(self.answered, len(FIGURES) - 1)]
            self.answered += 1
            prefix = {"openai.chat": "chatcmpl-", "openai.responses": "resp_", "anthropic.messages": "msg_"}
            got = Answer(call, model, self.ident(prefix.get(call.api, "")), self.ident("call_"), figures)
            anthropic = call.provider == "anthropic"
            usage = {"input_tokens": figures["input"], "cache_read_input_tokens": figures["cached"]}
            if anthropic:
                usage["cache_write_input_tokens"] = figures["written"]
                entry["wire_input_tokens_excluding_cache"] = fresh(figures)
            usage["output_tokens"] = figures["output"]
            if not anthropic:
                usage["reasoning_output_tokens"] = figures["reasoning"]
            entry |= {
                "response_id": got.response_id,
                "usage": usage if call.include_usage else None,
                "finish_reasons": [finish(call)] * call.choices,
                "tool_calls": [{"id": got.tool_id, "name": call.tool, "arguments": call.tool_arguments}] if call.tool else [],
                "output_text": None if call.tool else call.text,
            }
            if call.stream:
                entry["time_to_first_chunk_s_min"] = FIRST_CHUNK_DELAY
            self.calls.append(entry)
            return got

    def truth(self) -> dict:
        with self.lock:
            return summarise(self.calls)


def fresh(figures: dict) -> int:
    return figures["input"] - figures["cached"] - figures["written"]


def finish(call: Call) -> str:
    reasons = {"anthropic": ("tool_use", "end_turn"), "gemini": ("STOP", "STOP")}
    return reasons.get(call.provider, ("tool_calls", "stop"))[0 if call.tool else 1]


def summarise(calls: list[dict]) -> dict:
    """The truth of a case: what was answered, and the totals. A call whose usage was not sent has none in the totals."""
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_write_input_tokens", "reasoning_output_tokens")
    ok = [c for c in calls if c["http_status"] == 200]
    embeddings = [c for c in ok if c["api"].endswith("embeddings")]
    return {
        "http_calls": len(calls),
        "successful_llm_calls": len(ok) - len(embeddings),
        "embedding_calls": len(embeddings),
        "failed_calls": len(calls) - len(ok),
        "totals": {name: sum((c["usage"] or {}).get(name, 0) for c in ok) for name in names},
        "calls": calls,
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ledger: Ledger

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(read_body(self) or b"{}")
        path = self.path.split("?")[0]
        if path.endswith("/messages/count_tokens"):
            return self.json(200, {"input_tokens": FIGURES[0]["input"]})  # costs nothing and is no call
        choose = functools.partial(next_tool, asked=WEATHER in json.dumps(body))
        for wire in (wire_openai, wire_anthropic, wire_gemini):
            call = wire.read(path, body, choose)
            if call is None:
                continue
            call = Call(**call)
            refusal = self.ledger.refuse(call, str(body.get("user")))
            if refusal:
                status, kind, code = refusal
                retry = "true" if call.model.endswith("-once429") else "false"
                self.json(status, wire.error(status, kind, code), {"x-should-retry": retry, "retry-after-ms": "1"})
            elif call.stream:
                self.stream(wire.chunks(self.ledger.answer(call), call.text))
            else:
                self.json(200, wire.whole(self.ledger.answer(call), call.text))
            return
        self.json(404, {"error": {"message": f"no such API: {path}", "type": "not_found"}})

    def do_GET(self):
        self.json(404, {"error": {"message": f"no such API: {self.path}", "type": "not_found"}})

    do_HEAD = do_GET

    def json(self, status: int, value, headers=None):
        raw = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(raw)

    def stream(self, events):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self.wfile.flush()
        time.sleep(FIRST_CHUNK_DELAY)
        try:
            for name, value in events:
                head = f"event: {name}\n" if name else ""
                data = value if isinstance(value, str) else json.dumps(value)
                self.wfile.write(f"{head}data: {data}\n\n".encode())
                self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client gave up on the stream: that is a scenario


def serve(port: int = 0) -> tuple[ThreadingHTTPServer, Ledger]:
    ledger = Ledger()
    handler = type("Provider", (Handler,), {"ledger": ledger})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, ledger
