"""A client of the original service, written from the description of its API: it stands for the ones that are in use.

One bounded queue, one worker, one HTTP request per event, three retries on anything that is not 2xx.
"""

import atexit
import datetime
import functools
import json
import queue
import threading
import time
import traceback
import urllib.error
import urllib.request
import uuid


class WatchLLM:
    _instance = None

    def __new__(cls, *args, **kwargs):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __init__(self, api_key, project_id, host="http://localhost:8000"):
        if getattr(self, "_worker", None):
            return
        self.api_key, self.project_id, self.host = api_key, project_id, host
        self._queue = queue.Queue(maxsize=1000)
        self._worker = threading.Thread(target=self._run, daemon=True)
        self._worker.start()
        atexit.register(self._flush)

    def capture_event(self, event_type, body, context=None):
        event = {
            "eventId": str(uuid.uuid4()),
            "projectId": self.project_id,
            "type": event_type,
            "timestamp": self._now().isoformat(),
            "sdk": {"name": "watchllm-python", "version": "0.1.0"},
            "context": context,
            "body": body,
        }
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            pass
        return event["eventId"]

    def capture_log(self, level, message, metadata=None, context=None):
        body = {"level": level, "message": message}
        if metadata is not None:
            body["metadata"] = metadata
        return self.capture_event("log", body, context)

    def capture_error(self, error, context=None):
        stack = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        body = {"message": str(error), "type": type(error).__name__, "stacktrace": stack}
        return self.capture_event("error", body, context)

    def capture_llm_usage(self, model, input_tokens, output_tokens, cost=0.0):
        return self.capture_event(
            "token_usage",
            {
                "model": model,
                "inputTokens": input_tokens,
                "outputTokens": output_tokens,
                "totalTokens": input_tokens + output_tokens,
                "cost": cost,
            },
        )

    def monitor(self, name):
        def decorate(function):
            @functools.wraps(function)
            def call(*args, **kwargs):
                context = {"args": [str(a) for a in args], "kwargs": {k: str(v) for k, v in kwargs.items()}}
                started = time.time()
                try:
                    result = function(*args, **kwargs)
                except Exception as error:
                    self.capture_error(error, context)
                    raise
                body = {"level": "info", "message": name + " completed", "duration_ms": (time.time() - started) * 1000}
                self.capture_event("log", body, context)
                return result

            return call

        return decorate

    def _now(self):
        return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)

    def _run(self):
        while True:
            event = self._queue.get()
            self._send(event)
            self._queue.task_done()

    def _send(self, event):
        request = urllib.request.Request(
            self.host + "/api/v1/events",
            data=json.dumps(event).encode(),
            headers={"X-API-Key": self.api_key, "Content-Type": "application/json"},
        )
        for pause in (1, 2, 4, None):
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    if 200 <= answer.status < 300:
                        return
            except (urllib.error.URLError, OSError):
                pass
            if pause:
                time.sleep(pause)

    def _flush(self):
        deadline = time.time() + 5
        while self._queue.unfinished_tasks and time.time() < deadline:
            time.sleep(0.01)
