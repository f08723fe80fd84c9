// Gemini CLI, asked one thing on the command line, its telemetry sent to a collector over HTTP.

import { join } from 'node:path';
import { GEMINI, GREETING, QUESTION, SYSTEM, here, main, run } from './agent_client.mjs';

const GEMINI_CLI = join(here, 'node_modules/@google/gemini-cli/bundle/gemini.js');

function gemini(prompt, { model = GEMINI, telemetry = {}, args = [] } = {}) {
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
    general: { enableAutoUpdate: false, disableUpdateNag: true, maxAttempts: 1, retryFetchErrors: false },
    tools: { core: ['list_directory'] },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: true, target: 'local', otlpEndpoint: process.env.SINK_URL, otlpProtocol: 'http', ...telemetry },
  };
  run(process.execPath, [GEMINI_CLI, '-m', model, '--approval-mode', 'yolo', '--skip-trust', '-p', prompt, ...args], {
    // Its own instructions and tools would be most of every recording: each call sends them three times.
    env: { GEMINI_SYSTEM_MD: join(process.env.HOME, 'system.md'), NO_BROWSER: '1', GEMINI_CLI_NO_RELAUNCH: 'true' },
    files: { '.gemini/settings.json': JSON.stringify(settings), 'system.md': SYSTEM },
  });
}

await main({
  client: '@google/gemini-cli',
  scenarios: {
    prompt: ['one prompt', () => gemini(GREETING)],
    prompt_tool: ['a prompt that needs a tool', () => gemini(QUESTION)],
    prompt_tool_spans: ['a prompt that needs a tool, only its spans forwarded', () => gemini(QUESTION), ['traces']],
    prompt_tool_logs: ['a prompt that needs a tool, only its logs forwarded', () => gemini(QUESTION), ['logs']],
    traces_tool: ['a prompt that needs a tool, traces on', () => gemini(QUESTION, { telemetry: { traces: true } })],
    traces_tool_spans: [
      'a prompt that needs a tool, traces on, only its spans forwarded',
      () => gemini(QUESTION, { telemetry: { traces: true } }),
      ['traces'],
    ],
    traces: ['one prompt, traces on', () => gemini(GREETING, { telemetry: { traces: true } })],
    noprompts: ['one prompt, its text left out', () => gemini(GREETING, { telemetry: { logPrompts: false } })],
    error_400: ['a refused call', () => gemini(GREETING, { model: `${GEMINI}-fail400` })],
    error_429: ['rate limited', () => gemini(GREETING, { model: `${GEMINI}-fail429` })],
  },
});
