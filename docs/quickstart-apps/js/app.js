// One streamed call with OpenAI's own client, traced by OpenTelemetry's official instrumentation.
// OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS say where the spans go; nothing here knows WatchLLM.
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { OpenAIInstrumentation } = require('@opentelemetry/instrumentation-openai');

const tracing = new NodeSDK({ instrumentations: [new OpenAIInstrumentation()] });
tracing.start();

const OpenAI = require('openai'); // after start(), so that it is instrumented

async function main() {
  const stream = await new OpenAI().chat.completions.create({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: 'What is the weather in Paris?' }],
    stream: true,
    stream_options: { include_usage: true }, // without it no provider says what a stream cost
  });
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');
  process.stdout.write('\n');
}

main()
  .catch((error) => {
    console.error(`the provider answered: ${error.message}`);
    process.exitCode = 1;
  })
  .finally(() => tracing.shutdown());
