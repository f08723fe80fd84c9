// Claude Code, asked one thing on the command line: its log events, and the spans it sends when asked for its tracing beta.

import { join } from 'node:path';
import { CLAUDE, GREETING, QUESTION, here, main, run } from './agent_client.mjs';

const CLAUDE_CODE = join(here, 'node_modules/@anthropic-ai/claude-code-linux-x64/claude');

function claude(prompt, { model = CLAUDE, traces = false, logs = true, env = {} } = {}) {
  const exporter = (on) => (on ? 'otlp' : 'none');
  run(CLAUDE_CODE, ['-p', '--bare', '--model', model, '--allowedTools', 'Glob,Bash', '--', prompt], {
    env: {
      CLAUDE_CODE_ENABLE_TELEMETRY: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_MAX_RETRIES: '0',
      OTEL_LOGS_EXPORTER: exporter(logs),
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORT_INTERVAL: '200',
      ...(traces ? { CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1', OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_EXPORT_INTERVAL: '200' } : {}),
      ...env,
    },
  });
}

await main({
  client: '@anthropic-ai/claude-code',
  scenarios: {
    prompt_logs: ['one prompt, logs only', () => claude(GREETING)],
    prompt_tool_logs: ['a prompt that needs a tool, logs only', () => claude(QUESTION)],
    prompt: ['one prompt, logs and traces', () => claude(GREETING, { traces: true })],
    prompt_tool: ['a prompt that needs a tool, logs and traces', () => claude(QUESTION, { traces: true })],
    prompt_tool_traces: ['a prompt that needs a tool, traces only', () => claude(QUESTION, { traces: true, logs: false })],
    prompt_json: [
      'one prompt, everything as OTLP/JSON',
      () => claude(GREETING, { traces: true, env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' } }),
    ],
    error_400: ['a refused call', () => claude(GREETING, { model: `${CLAUDE}-fail400`, traces: true })],
    error_529_logs: ['an overloaded provider, logs only', () => claude(GREETING, { model: `${CLAUDE}-fail529` })],
    error_529: ['an overloaded provider, logs and traces', () => claude(GREETING, { model: `${CLAUDE}-fail529`, traces: true })],
  },
});
