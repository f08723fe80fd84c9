import sdk_calls
from common import Client, otel

client = Client("openlit", variant="python", also=("openai", "anthropic", "opentelemetry-sdk"), preload=("openai", "anthropic"))


def start(**options):
    otel()
    import openlit

    # HTTP instrumentations would add spans of the transport that say nothing about tokens.
    openlit.init(disabled_instrumentors=["httpx", "requests", "urllib", "urllib3", "aiohttp-client"], **options)


sdk_calls.register(client, start, skip=["retry_once", "error_400", "chat_stream_abort", "anthropic_error_529"])


@client.scenario("content switched off")
def chat_nocontent():
    start(capture_message_content=False)
    sdk_calls.chat()


if __name__ == "__main__":
    client.main()
