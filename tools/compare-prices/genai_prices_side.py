"""Prices a case with genai-prices. The usage is handed over already read, so that only prices and rules are compared."""

from datetime import datetime

from genai_prices import Usage, calc_price

# The library's names for providers that OpenTelemetry calls otherwise.
PROVIDERS = {
    "aws.bedrock": "aws",
    "azure.ai.openai": "azure",
    "fireworks_ai": "fireworks",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "github.copilot": "github-copilot",
    "google_genai": "google",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshotai",
    "together_ai": "together",
    "x_ai": "x-ai",
    "xai": "x-ai",
}
HOSTS = {"api.groq.com": "groq", "openrouter.ai": "openrouter", "api.deepseek.com": "deepseek", "api.mistral.ai": "mistral"}

# Short names of the case file, and the library's.
COUNTS = {
    "inp": "input_tokens",
    "out": "output_tokens",
    "cr": "cache_read_tokens",
    "cw": "cache_write_tokens",
    "ain": "input_audio_tokens",
    "acr": "cache_audio_read_tokens",
    "aout": "output_audio_tokens",
    "iin": "input_image_tokens",
    "iout": "output_image_tokens",
    "vin": "input_video_tokens",
    "reas": "output_reasoning_tokens",
    "cite": "output_citation_tokens",
    "web": "web_searches",
    "su": "rerank_searches",
    "pages": "input_document_pages",
    "chars": "input_characters",
    "secs": "input_audio_seconds",
}


def usages(case):
    """The counts of a case, in full and, as some units are not known for some models, with the bare tokens."""
    counts = case.get("normalized") or {}
    full = {theirs: counts[ours] for ours, theirs in COUNTS.items() if ours in counts}
    short, long = counts.get("cw5", 0), counts.get("cw1h", 0)
    if short or long:
        full["cache_write_tokens"] = counts.get("cw", 0) + short + long
    if short and long:
        full["cache_write_5m_tokens"] = short
    if long:
        full["cache_write_1h_tokens"] = long
    full.setdefault("input_tokens", 0)
    full.setdefault("output_tokens", 0)
    yield full
    rest = {k: v for k, v in full.items() if k not in ("cache_write_5m_tokens", "output_reasoning_tokens", "output_citation_tokens")}
    if rest != full:
        yield rest


def context(case):
    """What else decides the price, in the library's words."""
    ctx = {}
    if case.get("batch"):
        ctx["processing"] = "batch"
    elif case.get("service_tier"):
        ctx["service_tier"] = case["service_tier"]
    speed = (case.get("extra") or {}).get("anthropic.speed")
    if speed:
        ctx["speed"] = speed
    return ctx


def figures(case):
    """Every figure that an honest call of the library gives, the best way first."""
    provider = HOSTS.get(case.get("server_address") or "") or PROVIDERS.get(case["provider"], case["provider"])
    when = datetime.fromisoformat(case["timestamp"]) if case.get("timestamp") else None
    models = [m for m in dict.fromkeys((case.get("response_model"), case["request_model"])) if m]
    # Some of its prices hold from the day they were found: today's is tried after that of the call's time.
    for time in dict.fromkeys((when, None)):
        for usage in usages(case):
            for model in models:
                try:
                    price = calc_price(
                        Usage(**usage), model, provider_id=provider, genai_request_timestamp=time, price_context=context(case)
                    )
                except (LookupError, ValueError):
                    continue
                yield float(price.total_price)
