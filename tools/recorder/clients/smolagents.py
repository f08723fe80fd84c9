from common import MODEL, QUESTION, Client, otel

client = Client(
    "openinference-instrumentation-smolagents",
    also=("smolagents", "openai", "opentelemetry-sdk"),
    preload=("openai", "smolagents"),
)


def run(model=MODEL, stream=False):
    providers = otel()
    from openinference.instrumentation.smolagents import SmolagentsInstrumentor

    SmolagentsInstrumentor().instrument(tracer_provider=providers["tracer_provider"])
    from smolagents import OpenAIModel, ToolCallingAgent, tool

    @tool
    def get_weather(city: str) -> str:
        """The weather in a city.

        Args:
            city: The city to look up.
        """
        return f"Sunny in {city}, 21 degrees."

    llm = OpenAIModel(model_id=model, client_kwargs={"max_retries": 0})
    agent = ToolCallingAgent(tools=[get_weather], model=llm, name="weather_agent", max_steps=3, stream_outputs=stream, verbosity_level=0)
    agent.run(QUESTION)


@client.scenario("ToolCallingAgent with a tool")
def agent():
    run()


@client.scenario("ToolCallingAgent with a tool, streamed")
def agent_stream():
    run(stream=True)


@client.scenario("context too long (a rate limit would be waited for, a minute each)")
def error_400():
    run(MODEL + "-fail400")


if __name__ == "__main__":
    client.main()
