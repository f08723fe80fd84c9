import os

from common import MODEL, QUESTION, SYSTEM, Client, otel

client = Client(
    "openinference-instrumentation-crewai",
    also=("crewai", "openai", "openinference-instrumentation-openai", "opentelemetry-sdk"),
)


def start(calls=True):
    os.environ.update({"CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_TRACING_ENABLED": "false", "CREWAI_TESTING": "true"})
    providers = otel()
    from openinference.instrumentation.crewai import CrewAIInstrumentor

    CrewAIInstrumentor().instrument(tracer_provider=providers["tracer_provider"])
    if calls:
        from openinference.instrumentation.openai import OpenAIInstrumentor

        OpenAIInstrumentor().instrument(tracer_provider=providers["tracer_provider"])


def crew(model=MODEL, tools=True):
    from crewai import LLM, Agent, Crew, Task
    from crewai.tools import tool

    @tool("get_weather")
    def weather(city: str) -> str:
        """The weather in a city."""
        return f"Sunny in {city}, 21 degrees."

    llm = LLM(model="openai/" + model, max_retries=0)
    agent = Agent(
        role="weather assistant",
        goal=SYSTEM,
        backstory="You know the weather.",
        llm=llm,
        tools=[weather] if tools else [],
        max_retry_limit=0,
    )
    task = Task(description=QUESTION, expected_output="One sentence.", agent=agent)
    Crew(agents=[agent], tasks=[task]).kickoff()


@client.scenario("one agent, one task, no tool")
def chat():
    start()
    crew(tools=False)


@client.scenario("one agent, one task, a tool")
def agent():
    start()
    crew()


@client.scenario("one agent, one task, a tool; no instrumentation of the calls")
def agent_only():
    start(calls=False)
    crew()


@client.scenario("rate limited")
def error_429():
    start()
    crew(MODEL + "-fail429", tools=False)


if __name__ == "__main__":
    client.main()
