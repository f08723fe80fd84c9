// The calls of LangChain, the same for every instrumentation of it.
import { CITY, CLAUDE, DESCRIPTION, EMBEDDER, MODEL, QUESTION, SYSTEM, call, getWeather, require } from './common.mjs'

const provider = { configuration: { baseURL: process.env.OPENAI_BASE_URL } }
const gpt = (more) => new (require('@langchain/openai').ChatOpenAI)({ model: MODEL, maxRetries: 0, ...provider, ...more })

function claude(more) {
  const { ChatAnthropic } = require('@langchain/anthropic')
  return new ChatAnthropic({ model: CLAUDE, maxRetries: 0, anthropicApiUrl: process.env.ANTHROPIC_BASE_URL, ...more })
}

function weatherTool() {
  const { tool } = require('@langchain/core/tools')
  return tool((input) => getWeather(input), { name: 'get_weather', description: DESCRIPTION, schema: CITY })
}

function chain(model) {
  const { ChatPromptTemplate } = require('@langchain/core/prompts')
  const { StringOutputParser } = require('@langchain/core/output_parsers')
  const prompt = ChatPromptTemplate.fromMessages([
    ['system', SYSTEM],
    ['human', '{question}'],
  ])
  return prompt.pipe(model).pipe(new StringOutputParser())
}

async function toolLoop(model) {
  const weather = weatherTool()
  const bound = model.bindTools([weather])
  const messages = [{ role: 'user', content: QUESTION }]
  const first = await bound.invoke(messages)
  messages.push(first, await weather.invoke(first.tool_calls[0]))
  await bound.invoke(messages)
}

async function drain(stream) {
  for await (const chunk of await stream) void chunk
}

function agent(model) {
  const made = require('langchain').createAgent({ model, tools: [weatherTool()], systemPrompt: SYSTEM })
  return made.invoke({ messages: [{ role: 'user', content: QUESTION }] })
}

function embeddings() {
  const { OpenAIEmbeddings } = require('@langchain/openai')
  return new OpenAIEmbeddings({ model: EMBEDDER, maxRetries: 0, ...provider }).embedDocuments(['sunny', 'rainy'])
}

const question = { question: QUESTION }
const table = {
  chat: ['a model alone', () => gpt().invoke(QUESTION)],
  chain: ['prompt, model, parser', () => chain(gpt()).invoke(question)],
  stream: ['the chain streamed', () => drain(chain(gpt()).stream(question))],
  stream_nousage: ['streamed, usage not asked for', () => drain(gpt({ streamUsage: false }).stream(QUESTION))],
  chain_tool: ['tool call and its result', () => toolLoop(gpt())],
  agent: ['an agent with a tool', () => agent(gpt())],
  responses: ['responses API', () => gpt({ useResponsesApi: true }).invoke(QUESTION)],
  responses_stream: ['responses API, streamed', () => drain(gpt({ useResponsesApi: true }).stream(QUESTION))],
  anthropic: ['Anthropic', () => claude().invoke(QUESTION)],
  anthropic_stream: ['Anthropic, streamed', () => drain(claude().stream(QUESTION))],
  anthropic_tool: ['Anthropic, tool use and its result', () => toolLoop(claude())],
  anthropic_agent: ['an agent with a tool, Anthropic', () => agent(claude())],
  embeddings: ['embeddings, two documents', embeddings],
  error_429: ['rate limited', () => gpt({ model: MODEL + '-fail429' }).invoke(QUESTION)],
}

/** Registers calls as scenarios; start switches the instrumentation on and returns what flushes. */
export function register(client, start, { skip = [] } = {}) {
  for (const [name, [about, run]] of Object.entries(table)) {
    if (skip.includes(name)) continue
    client.scenario(name, about, async () => {
      const flush = await start()
      await call(name, run)
      await flush()
    })
  }
}
