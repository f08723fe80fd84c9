"""LiteLLM as a library, its generic API callback pointed at WatchLLM. The argument is the callback's log_format; without one, it is set
up by the environment alone."""

import asyncio
import os
import sys

import litellm
from litellm.integrations.custom_logger import CustomLogger
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger

litellm.suppress_debug_info = True
litellm.disable_aiohttp_transport = True  # it complains when the interpreter ends
MESSAGES = [{"role": "user", "content": "What is the weather in Paris?"}]
GPT, CLAUDE = "openai/gpt-5-mini", "anthropic/claude-sonnet-4-5"


class Written(CustomLogger):
    """Counts the calls that the callbacks before it have seen: they are told in the background."""

    seen = 0

    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        self.seen += 1

    async_log_failure_event = async_log_success_event


async def main() -> None:
    if len(sys.argv) > 1:
        litellm.callback_settings = {
            "watchllm": {
                "callback_type": "generic_api",
                "endpoint": os.environ["GENERIC_LOGGER_ENDPOINT"],
                "headers": {"X-API-Key": os.environ["WATCHLLM_API_KEY"]},
                "log_format": sys.argv[1],
            }
        }
        litellm.logging_callback_manager.add_litellm_callback("watchllm")
        logger = litellm.callbacks[0]
    else:
        logger = GenericAPILogger()
        litellm.callbacks = [logger]
    written = Written()
    litellm.logging_callback_manager.add_litellm_callback(written)

    await litellm.acompletion(model=GPT, messages=MESSAGES, user="user-7", metadata={"tags": ["checkout"]}, temperature=1)
    async for _ in await litellm.acompletion(model=GPT, messages=MESSAGES, stream=True, stream_options={"include_usage": True}):
        pass
    await litellm.acompletion(model=CLAUDE, messages=MESSAGES, api_base=os.environ["ANTHROPIC_BASE_URL"])
    await litellm.aembedding(model="openai/text-embedding-3-small", input=["Paris"])
    try:
        await litellm.acompletion(model=GPT, messages=MESSAGES, max_retries=0)
    except litellm.RateLimitError:
        pass
    async for _ in await litellm.acompletion(model=GPT, messages=MESSAGES, stream=True):
        pass
    while written.seen < 6:
        await asyncio.sleep(0.05)
    await logger.flush_queue()


asyncio.run(main())
print("done")
