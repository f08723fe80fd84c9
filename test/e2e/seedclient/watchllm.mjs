// A client of the original service, written from the description of its API: it stands for the ones that are in use.
// Batches of ten or every five seconds, three retries on anything that is not 2xx, a beacon when the page goes away.

export class WatchLLM {
  constructor({ apiKey, projectId, host = 'http://localhost:8001' }) {
    Object.assign(this, { apiKey, projectId, host, buffer: [], sending: Promise.resolve() });
    this.timer = setInterval(() => this.flush(), 5000);
    this.timer.unref?.();
    if (typeof document !== 'undefined') {
      globalThis.addEventListener('pagehide', () => this.beacon());
    } else if (typeof process !== 'undefined') {
      for (const signal of ['SIGTERM', 'SIGINT']) {
        process.once(signal, () => this.flush().finally(() => process.exit(0)));
      }
      process.on('beforeExit', () => { if (this.buffer.length) this.flush(); });
    }
  }

  captureEvent(type, body, context = {}) {
    const event = {
      eventId: crypto.randomUUID(),
      projectId: this.projectId,
      type,
      timestamp: new Date().toISOString(),
      sdk: { name: 'watchllm-js', version: '0.1.0' },
      context,
      body,
    };
    this.buffer.push(event);
    if (this.buffer.length >= 10) this.flush();
    return event.eventId;
  }

  captureLog(level, message, metadata, context) {
    return this.captureEvent('log', { level, message, metadata }, context);
  }

  captureError(error, context) {
    return this.captureEvent('error', { message: error.message, type: error.name, stack: error.stack }, context);
  }

  captureLLMUsage(model, inputTokens, outputTokens, costUSD) {
    return this.captureEvent('token_usage', { model, inputTokens, outputTokens, totalTokens: inputTokens + outputTokens, costUSD });
  }

  captureModelResponse({ model, prompt, response, latencyMs, success = true, usage, finishReason }, context) {
    return this.captureEvent('model_response', { model, prompt, response, finishReason, latencyMs, success, usage }, context);
  }

  flush() {
    const events = this.buffer.splice(0);
    if (events.length) this.sending = this.sending.then(() => this.send(events));
    return this.sending;
  }

  async send(events) {
    for (const pause of [1000, 2000, 4000, 0]) {
      try {
        const answer = await fetch(`${this.host}/api/v1/events/batch`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'X-API-Key': this.apiKey },
          body: JSON.stringify({ events }),
          signal: AbortSignal.timeout(5000),
        });
        await answer.arrayBuffer();
        if (answer.ok) return;
      } catch {
        // the network; tried again below
      }
      if (pause) await new Promise((resume) => { setTimeout(resume, pause); });
    }
  }

  beacon() {
    const events = this.buffer.splice(0);
    if (events.length) {
      const body = new Blob([JSON.stringify({ events })], { type: 'application/json' });
      navigator.sendBeacon(`${this.host}/api/v1/events/batch`, body);
    }
  }
}
