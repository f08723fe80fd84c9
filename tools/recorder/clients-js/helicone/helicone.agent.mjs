// Helicone's manual logger, told of calls that were made without its proxy.

import { HeliconeManualLogger } from '@helicone/helpers';
import OpenAI from 'openai';
import { EMBEDDER, MODEL, QUESTION, main } from './agent_client.mjs';
import { ASKED, USAGE, chat, embeddings, responses } from './openai_calls.mjs';

const openai = new OpenAI({ maxRetries: 0 });
const logger = new HeliconeManualLogger({
  apiKey: 'hl-capture',
  loggingEndpoint: `${process.env.SINK_URL}/custom/v1/log`,
  headers: { 'Helicone-User-Id': 'user-1' },
});
const request = (options = {}) => ({ model: MODEL, messages: ASKED, ...options });

const whole = (body, call) => logger.logRequest(body, async (recorder) => recorder.appendResults(await call()));

async function streamed(body, call) {
  await logger.logStream(body, async (recorder) => {
    const answer = await call();
    recorder.attachStream(answer.toReadableStream());
    await new Promise((done) => setTimeout(done, 200)); // the logger reads its copy by itself
  });
}

await main({
  client: '@helicone/helpers',
  also: ['openai'],
  scenarios: {
    chat: ['chat completions', () => whole(request(), () => chat(openai))],
    chat_stream: [
      'streamed, usage asked for',
      () => streamed(request({ stream: true, ...USAGE }), () => chat(openai, { stream: true, ...USAGE })),
    ],
    chat_stream_nousage: ['streamed, usage not asked for', () => streamed(request({ stream: true }), () => chat(openai, { stream: true }))],
    responses: ['responses', () => whole({ model: MODEL, input: QUESTION }, () => responses(openai))],
    responses_stream: [
      'responses, streamed',
      () => streamed({ model: MODEL, input: QUESTION, stream: true }, () => responses(openai, { stream: true })),
    ],
    embeddings: ['embeddings', () => whole({ model: EMBEDDER, input: ['Paris', 'London'] }, () => embeddings(openai))],
  },
});
