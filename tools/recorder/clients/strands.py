from common import CLAUDE, MODEL, QUESTION, SYSTEM, Client, get_weather

client = Client("strands-agents", also=("openai", "anthropic", "opentelemetry-sdk"), preload=("openai", "anthropic", "strands"))


def agent(model=MODEL, tools=True):
    from strands import Agent, tool
    from strands.telemetry import StrandsTelemetry

    telemetry = StrandsTelemetry()
    telemetry.setup_otlp_exporter()
    import atexit

    atexit.register(telemetry.tracer_provider.shutdown)
    if model.startswith("claude"):
        from strands.models.anthropic import AnthropicModel

        llm = AnthropicModel(model_id=model, max_tokens=256, client_args={"max_retries": 0})
    else:
        from strands.models.openai import OpenAIModel

        llm = OpenAIModel(model_id=model, client_args={"max_retries": 0})
    made = [tool(get_weather)] if tools else []
    return Agent(
        model=llm,
        tools=made,
        system_prompt=SYSTEM,
        name="weather-agent",
        callback_handler=None,
        retry_strategy=None,
        trace_attributes={"session.id": "conv-42"},
    )


@client.scenario("agent without a tool")
def chat():
    agent(tools=False)(QUESTION)


@client.scenario("agent with a tool")
def agent_tool():
    agent()(QUESTION)


@client.scenario("agent with a tool, the newer conventions")
def agent_tool_latest():
    import os

    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental,gen_ai_tool_definitions"
    agent()(QUESTION)


@client.scenario("rate limited")
def error_429():
    agent(MODEL + "-fail429", tools=False)(QUESTION)


@client.scenario("Anthropic agent with a tool")
def anthropic_agent():
    agent(CLAUDE)(QUESTION)


if __name__ == "__main__":
    client.main()
