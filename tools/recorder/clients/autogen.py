import asyncio

from common import MODEL, QUESTION, SYSTEM, Client, get_weather, otel

client = Client(
    "autogen-agentchat",
    also=("autogen-core", "autogen-ext", "openai", "opentelemetry-sdk"),
    preload=("openai", "autogen_agentchat.agents", "autogen_ext.models.openai"),
)


def agent(model=MODEL):
    from autogen_agentchat.agents import AssistantAgent
    from autogen_ext.models.openai import OpenAIChatCompletionClient

    info = {"vision": False, "function_calling": True, "json_output": True, "family": "unknown", "structured_output": True}
    llm = OpenAIChatCompletionClient(model=model, model_info=info, max_retries=0)
    return AssistantAgent("weather_agent", model_client=llm, system_message=SYSTEM, tools=[get_weather], reflect_on_tool_use=True)


@client.scenario("AssistantAgent with a tool, its own spans only")
def agent_tool():
    otel()
    asyncio.run(agent().run(task=QUESTION))


@client.scenario("a team of one in the runtime, its own spans only")
def team():
    providers = otel()
    from autogen_agentchat.conditions import MaxMessageTermination
    from autogen_agentchat.teams import RoundRobinGroupChat
    from autogen_core import SingleThreadedAgentRuntime

    async def run():
        runtime = SingleThreadedAgentRuntime(tracer_provider=providers["tracer_provider"])
        runtime.start()
        made = RoundRobinGroupChat([agent()], termination_condition=MaxMessageTermination(2), runtime=runtime)
        await made.run(task=QUESTION)
        await runtime.stop_when_idle()

    asyncio.run(run())


@client.scenario("rate limited")
def error_429():
    otel()
    asyncio.run(agent(MODEL + "-fail429").run(task=QUESTION))


if __name__ == "__main__":
    client.main()
