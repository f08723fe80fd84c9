// LangChain, traced by LangSmith's client because the environment says so.
import { HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { RunnableLambda } from '@langchain/core/runnables';
import { Client } from 'langsmith';
import { awaitAllCallbacks } from '@langchain/core/callbacks/promises';
import { z } from 'zod';

const configuration = { baseURL: process.env.OPENAI_BASE_URL };
const model = (streaming) => new ChatOpenAI({ model: 'gpt-5-mini', streaming, streamUsage: true, maxRetries: 0, configuration });
const weather = tool(async ({ city }) => `sunny in ${city}`, { name: 'weather', description: 'the weather', schema: z.object({ city: z.string() }) });
const messages = [new HumanMessage('What is the weather in Paris?')];

const plan = RunnableLambda.from(async (_, config) => {
  await model(false).invoke(messages, { ...config, runName: 'ask' });
  for await (const _ of await model(true).stream(messages, { ...config, runName: 'ask-stream' }));
  const answer = await model(false).bindTools([weather]).invoke(messages, { ...config, runName: 'ask-tool' });
  await weather.invoke(answer.tool_calls[0], config);
  await model(false).invoke(messages, { ...config, runName: 'refused' }).catch(() => {});
  return 'sunny';
}).withConfig({ runName: 'plan', tags: ['beta', 'eu'], metadata: { session_id: 'session-42', user_id: 'user-7' } });

await plan.invoke({ city: 'Paris' });
await awaitAllCallbacks();
await new Client().awaitPendingTraceBatches();
console.log('done');
