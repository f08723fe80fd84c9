"""An OTLP/HTTP endpoint on loopback that keeps every request body as it came, decompressed."""

import gzip
import json
import threading
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SIGNALS = {"/v1/traces": "traces", "/v1/logs": "logs", "/v1/metrics": "metrics"}
KEPT_HEADERS = ("user-agent", "content-type", "openai-beta", "x-langfuse-sdk-name", "x-langfuse-sdk-version")


def read_body(handler: BaseHTTPRequestHandler) -> bytes:
    """The body by its length, or in the chunks that Node sends when it does not know the length yet."""
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    body = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    while handler.rfile.readline().strip():
        pass  # trailers
    return body


@dataclass
class Request:
    path: str
    content_type: str
    encoding: str | None
    headers: dict
    body: bytes

    @property
    def signal(self) -> str:
        for path, signal in SIGNALS.items():
            if self.path.split("?")[0].endswith(path):
                return signal
        return "native"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sink: "Sink"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = read_body(self)
        encoding = self.headers.get("Content-Encoding")
        if encoding == "gzip":
            body = gzip.decompress(body)
        elif encoding == "deflate":
            body = zlib.decompress(body)
        kind = self.headers.get("Content-Type") or ""
        if not kind.startswith("multipart/"):  # which cannot be read without its boundary
            kind = kind.split(";")[0]
        headers = {k: self.headers[k] for k in KEPT_HEADERS if self.headers.get(k)}
        self.sink.add(Request(self.path, kind, encoding, headers, body))
        protobuf = kind == "application/x-protobuf"
        answer = b"" if protobuf else self.answer()  # an empty message is an export that lost nothing
        self.send_response(200)
        self.send_header("Content-Type", kind or "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_PUT = do_PATCH = do_POST

    def answer(self) -> bytes:
        """Braintrust logs in and asks for its project before it sends anything."""
        here = f"http://{self.headers.get('Host')}"
        return json.dumps(
            {
                "/api/apikey/login": {"org_info": [{"id": "org-1", "name": "weather", "api_url": here, "proxy_url": here}]},
                "/api/project/register": {"project": {"id": "project-1", "name": "weather-app"}},
            }.get(self.path, {})
        ).encode()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


class Sink:
    def __init__(self, port: int = 0):
        self.lock, self.requests = threading.Lock(), []
        handler = type("Endpoint", (Handler,), {"sink": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, request: Request):
        with self.lock:
            self.requests.append(request)

    def take(self) -> list[Request]:
        with self.lock:
            taken, self.requests = self.requests, []
        return taken
