"""Smoke test of the recorder itself, with nothing but Python: python3 -m unittest discover tools/recorder"""

import json
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import index
from fake import EMBEDDING_INPUT, FIGURES, serve, summarise
from sink import Sink

TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}


def post(server, path, body):
    url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return urllib.request.urlopen(request, timeout=10).read().decode()


class FakeProvider(unittest.TestCase):
    def setUp(self):
        self.server, self.ledger = serve()
        self.ledger.begin("test")

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def test_every_api_bills_the_same_call_alike(self):
        first = FIGURES[0]
        calls = {
            "/v1/chat/completions": ({"model": "m"}, lambda u: u["prompt_tokens"]),
            "/v1/responses": ({"model": "m", "input": "?"}, lambda u: u["input_tokens"]),
            "/v1/messages": (
                {"model": "m", "messages": []},
                lambda u: u["input_tokens"] + u["cache_read_input_tokens"] + u["cache_creation_input_tokens"],
            ),
        }
        for path, (body, whole_input) in calls.items():
            self.ledger.begin(path)
            usage = json.loads(post(self.server, path, body))["usage"]
            self.assertEqual(first["input"], whole_input(usage), path)
            self.assertEqual(first["input"], self.ledger.truth()["totals"]["input_tokens"], path)
        gemini = json.loads(post(self.server, "/v1beta/models/m:generateContent", {"contents": []}))["usageMetadata"]
        self.assertEqual(
            gemini["totalTokenCount"], gemini["promptTokenCount"] + gemini["candidatesTokenCount"] + gemini["thoughtsTokenCount"]
        )

    def test_tool_then_text(self):
        body = {"model": "m", "tools": [TOOL], "messages": [{"role": "user", "content": "?"}]}
        first = json.loads(post(self.server, "/v1/chat/completions", body))["choices"][0]
        self.assertEqual("tool_calls", first["finish_reason"])
        body["messages"] += [first["message"], {"role": "tool", "content": "sunny"}]
        second = json.loads(post(self.server, "/v1/chat/completions", body))
        self.assertEqual("stop", second["choices"][0]["finish_reason"])
        self.assertEqual(FIGURES[1]["input"], second["usage"]["prompt_tokens"])

    def test_a_stream_has_usage_only_when_asked(self):
        for options, there in (({}, False), ({"stream_options": {"include_usage": True}}, True)):
            self.ledger.begin("stream")
            text = post(self.server, "/v1/chat/completions", {"model": "m", "stream": True, "messages": []} | options)
            self.assertEqual(there, '"prompt_tokens"' in text)
            self.assertEqual(there, self.ledger.truth()["calls"][0]["usage"] is not None)

    def test_refusals_are_booked(self):
        for path, status in (("/v1/chat/completions", 429), ("/v1/messages", 529)):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                post(self.server, path, {"model": f"m-fail{status}", "messages": []})
            self.assertEqual(status, refused.exception.code)
            refused.exception.close()
        self.assertEqual(2, self.ledger.truth()["failed_calls"])

    def test_the_same_case_gets_the_same_ids(self):
        ids = []
        for _ in range(2):
            self.ledger.begin("again")
            ids.append(json.loads(post(self.server, "/v1/chat/completions", {"model": "m"}))["id"])
        self.assertEqual(ids[0], ids[1])


class Index(unittest.TestCase):
    def case(self):
        calls = [
            {
                "api": "openai.chat",
                "http_status": 200,
                "usage": {"input_tokens": 1037, "output_tokens": 211, "cache_read_input_tokens": 512},
            },
            {"api": "openai.embeddings", "http_status": 200, "usage": {"input_tokens": EMBEDDING_INPUT, "output_tokens": 0}},
            {"api": "openai.chat", "http_status": 429, "usage": None},
        ]
        for number, call in enumerate(calls, 1):
            call["call"] = number
        return {"dir": "client@1", "scenario": "chat", "files": [], "truth": summarise(calls)}

    def test_expect_is_the_truth_where_nothing_is_said(self):
        want = index.expect("client/chat", self.case()["truth"])
        self.assertEqual([2, 1, 1074, 211, 512, None, None], list(want.values())[:7])

    def test_check_finds_a_wrong_total_and_a_figure_without_a_note(self):
        with tempfile.TemporaryDirectory() as out:
            case = self.case()
            index.put(Path(out), case)
            self.assertEqual(0, len(list(index.problems(case, Path(out)))))
            case["truth"]["totals"]["input_tokens"] += 1
            self.assertIn("the totals are not the sum of the calls", list(index.problems(case, Path(out))))
            case["truth"]["calls"][0]["usage"]["input_tokens"] = 5
            self.assertTrue(any("the fake gives" in p for p in index.problems(case, Path(out))))

    def test_bodies_are_kept_as_sent_without_places_of_this_machine(self):
        sink = Sink()
        url = f"http://127.0.0.1:{sink.server.server_address[1]}/v1/traces/ingest"
        body = json.dumps({"path": "/home/me/venv/x.py", "host": "box", "id": "abox1"}).encode()
        urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=10).close()
        with tempfile.TemporaryDirectory() as out:
            rules = [("/home/me/venv", "/app/venv"), ("box", "app-host")]
            files = index.write(Path(out), "chat", sink.take(), "python3", rules)
            kept = json.loads((Path(out) / files[0]["file"]).read_text())
        self.assertEqual({"path": "/app/venv/x.py", "host": "app-host", "id": "abox1"}, kept)
        self.assertTrue(files[0]["paths_rewritten"])
        sink.server.shutdown()
        sink.server.server_close()


if __name__ == "__main__":
    unittest.main()
