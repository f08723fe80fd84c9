"""Traceloop's SDK for Python, which sends OTLP: spans and, unasked, metrics."""

import contextlib
import io

import openai
from traceloop.sdk import Instruments, Traceloop
from traceloop.sdk.decorators import workflow

with contextlib.redirect_stdout(io.StringIO()):  # it says where it sends to
    Traceloop.init(app_name="shop", traceloop_sync_enabled=False, instruments={Instruments.OPENAI})
client = openai.OpenAI(max_retries=0)
CALL = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "What is the weather in Paris?"}]}


@workflow(name="support")
def main() -> None:
    client.chat.completions.create(**CALL)
    for _ in client.chat.completions.create(**CALL, stream=True, stream_options={"include_usage": True}):
        pass
    try:
        client.chat.completions.create(**CALL)
    except openai.RateLimitError:
        pass


main()
print("done")
