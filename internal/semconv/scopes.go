package semconv

// ScopeEvents is the instrumentation scope of everything that came as a JSON event of ours; its version is the contract's.
const ScopeEvents = "watchllm.events"
