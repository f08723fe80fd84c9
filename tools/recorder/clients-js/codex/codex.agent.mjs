// Codex, asked one thing on the command line, with a provider of its own and its telemetry sent over HTTP.

import { join } from 'node:path';
import { GREETING, QUESTION, here, main, run } from './agent_client.mjs';

const CODEX = join(here, 'node_modules/@openai/codex/bin/codex.js');

// One exporter a signal; "none" switches a signal off.
function otel(signals) {
  const { SINK_URL } = process.env;
  const to = (signal) => `{ otlp-http = { endpoint = "${SINK_URL}/v1/${signal}", protocol = "binary" } }`;
  const name = { logs: 'exporter', traces: 'trace_exporter', metrics: 'metrics_exporter' };
  return Object.entries(name)
    .map(([signal, key]) => `${key} = ${signals.includes(signal) ? to(signal) : '"none"'}`)
    .join('\n');
}

function codex(prompt, { model = 'gpt-5-codex', signals = ['logs', 'traces'], prompts = true } = {}) {
  const config = `
model = "${model}"
model_provider = "fake"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.fake]
name = "Fake"
base_url = "${process.env.PROVIDER_URL}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0

[analytics]
enabled = false

[otel]
environment = "test"
log_user_prompt = ${prompts}
${otel(signals)}
`;
  run(process.execPath, [CODEX, 'exec', '--skip-git-repo-check', prompt], {
    env: { CODEX_HOME: join(process.env.HOME, '.codex') },
    files: { '.codex/config.toml': config },
  });
}

await main({
  client: '@openai/codex',
  scenarios: {
    exec_tool: ['a prompt that needs a shell command', () => codex(QUESTION)],
    exec_tool_logs: ['a shell command, logs only', () => codex(QUESTION, { signals: ['logs'] })],
    exec_tool_traces: ['a shell command, traces only', () => codex(QUESTION, { signals: ['traces'] })],
    exec_noprompts: ['one prompt, its text left out, logs only', () => codex(GREETING, { prompts: false, signals: ['logs'] })],
    error_400: ['a refused call', () => codex(GREETING, { model: 'gpt-5-codex-fail400' })],
    error_429: ['rate limited', () => codex(GREETING, { model: 'gpt-5-codex-fail429' })],
  },
});
