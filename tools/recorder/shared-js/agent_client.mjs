// What every client script shares: the question, the tool, how the recorder asks what there is and runs one scenario.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const QUESTION = 'What is the weather in Paris?';
export const GREETING = 'Say hello.';
export const SYSTEM = 'You are a weather assistant.';
export const MODEL = 'gpt-5-mini';
export const CLAUDE = 'claude-sonnet-4-5';
export const GEMINI = 'gemini-2.5-flash';
export const EMBEDDER = 'text-embedding-3-small';
export const PARAMETERS = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
export const DESCRIPTION = 'The weather in a city.';
export const weather = ({ city }) => `Sunny in ${city}, 21 degrees.`;

export const here = dirname(fileURLToPath(import.meta.url));

export function versionOf(name) {
  return JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'))).version;
}

// client names the package whose telemetry is recorded; paths, where it sends much else, those that tell of calls; scenarios maps a name to what it is about, the function that does
// it and, where its user forwards only some of them, the signals.
export async function main({ client, variant = null, also = [], paths = null, scenarios }) {
  const wanted = process.argv[2];
  if (wanted === '--describe') {
    const about = Object.fromEntries(Object.entries(scenarios).map(([name, [what]]) => [name, what]));
    const beside = Object.fromEntries(also.map((name) => [name, versionOf(name)]));
    const kept = Object.fromEntries(Object.entries(scenarios).flatMap(([name, [, , signals]]) => (signals ? [[name, signals]] : [])));
    console.log(JSON.stringify({ client, version: versionOf(client), variant, with: beside, scenarios: about, kept, paths }));
    return;
  }
  try {
    await scenarios[wanted][1]();
  } catch (failure) {
    console.error(failure);
    process.exitCode = wanted.includes('error') ? 0 : 1;
  }
}

// A program is run as its user would run it, with its settings written below the home folder first.
export function run(command, args, { env = {}, files = {} } = {}) {
  for (const [name, content] of Object.entries(files)) {
    const path = join(process.env.HOME, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  const done = spawnSync(command, args, { env: { ...process.env, ...env }, stdio: 'inherit' });
  process.exitCode = done.status ?? 1;
}
