// One call with Anthropic's own client, which traces itself as soon as OpenTelemetry is set up.
// OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS say where the spans go; nothing here knows WatchLLM.
const { NodeSDK } = require('@opentelemetry/sdk-node');
const Anthropic = require('@anthropic-ai/sdk');

const tracing = new NodeSDK();
tracing.start();

async function main() {
  const answer = await new Anthropic().messages.create({
    model: 'claude-sonnet-4-5',
    max_tokens: 300,
    messages: [{ role: 'user', content: 'What is the weather in Paris?' }],
  });
  console.log(answer.content[0].text);
}

main()
  .catch((error) => {
    console.error(`the provider answered: ${error.message}`);
    process.exitCode = 1;
  })
  .finally(() => tracing.shutdown());
