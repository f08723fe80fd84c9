// The same calls for both of LangSmith's ways to send a trace.

import { MODEL, QUESTION, SYSTEM, weather } from './agent_client.mjs';
import { ASKED, TOOL, chat, embeddings, responses, responsesStream, stream, toolLoop } from './openai_calls.mjs';

async function wrapped({ client }) {
  const { wrapOpenAI } = await import('langsmith/wrappers');
  const { default: OpenAI } = await import('openai');
  return wrapOpenAI(new OpenAI({ maxRetries: 0 }), { client });
}

async function nested({ client }) {
  const { traceable } = await import('langsmith/traceable');
  const openai = await wrapped({ client });
  const lookUp = traceable(async (city) => weather({ city }), { name: 'get_weather', run_type: 'tool', client });
  const agent = traceable(() => toolLoop(openai, ({ city }) => lookUp(city)), {
    name: 'agent',
    run_type: 'chain',
    client,
    metadata: { session_id: 'session-1', user_id: 'user-1' },
    tags: ['weather'],
  });
  await agent();
}

// A model of one's own: usage is what the function returns.
async function ownModel({ client }) {
  const { traceable } = await import('langsmith/traceable');
  const { default: OpenAI } = await import('openai');
  const call = traceable(
    async (messages) => {
      const answer = await new OpenAI({ maxRetries: 0 }).chat.completions.create({ model: MODEL, messages });
      const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = answer.usage;
      return { messages: [answer.choices[0].message], usage_metadata: { input_tokens: input, output_tokens: output, total_tokens: total } };
    },
    { name: 'own model', run_type: 'llm', client, metadata: { ls_provider: 'openai', ls_model_name: MODEL } },
  );
  await call(ASKED);
}

async function langchain(ask) {
  const { ChatOpenAI } = await import('@langchain/openai');
  await ask(
    (options = {}) =>
      new ChatOpenAI({
        model: MODEL,
        apiKey: 'sk-capture',
        maxRetries: 0,
        configuration: { baseURL: process.env.OPENAI_BASE_URL },
        ...options,
      }),
  );
}

const messages = [
  ['system', SYSTEM],
  ['human', QUESTION],
];

export function langsmithScenarios(traced) {
  const openai = (call) => () => traced(async (context) => call(await wrapped(context)));
  return {
    chat: ['chat completions', openai(chat)],
    chat_stream: ['streamed, usage asked for', openai((c) => stream(c, { stream_options: { include_usage: true } }))],
    chat_stream_nousage: ['streamed, usage not asked for', openai((c) => stream(c))],
    tool_loop: ['a tool called by hand', openai((c) => toolLoop(c))],
    responses: ['responses', openai(responses)],
    responses_stream: ['responses, streamed', openai(responsesStream)],
    embeddings: ['embeddings', openai(embeddings)],
    error_400: ['a refused call', openai((c) => chat(c, { model: `${MODEL}-fail400` }))],
    error_429: ['rate limited', openai((c) => chat(c, { model: `${MODEL}-fail429` }))],
    nested_agent: ['chain, calls and tool', () => traced(nested)],
    own_model: ['a traceable function that says its own usage', () => traced(ownModel)],
    langchain: ['LangChain', () => traced(() => langchain((model) => model().invoke(messages)))],
    langchain_stream: [
      'LangChain, streamed',
      () =>
        traced(() =>
          langchain(async (model) => {
            for await (const _ of await model().stream(messages)) {
              // only the end matters
            }
          }),
        ),
    ],
    langchain_tool: ['LangChain, a bound tool', () => traced(() => langchain((model) => model().bindTools([TOOL]).invoke(messages)))],
  };
}
