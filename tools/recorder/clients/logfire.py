import sdk_calls
from common import Client

client = Client("logfire", also=("openai", "anthropic", "opentelemetry-sdk"), preload=("openai", "anthropic"))


def start(**options):
    import logfire

    logfire.configure(send_to_logfire=False, console=False, inspect_arguments=False, service_name="weather-app")
    logfire.instrument_openai(**options)
    logfire.instrument_anthropic()
    import atexit

    atexit.register(logfire.shutdown)


sdk_calls.register(client, start, skip=["retry_once", "error_400", "chat_stream_abort", "chat_stream_nousage", "anthropic_error_529"])

if __name__ == "__main__":
    client.main()
