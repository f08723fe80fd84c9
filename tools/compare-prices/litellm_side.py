"""Prices a case with litellm. The usage is handed over already read, so that only prices and rules are compared."""

import os
import re

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # the table of the pinned version, not today's from the network

import litellm  # noqa: E402
from litellm.cost_calculator import batch_cost_calculator, completion_cost, cost_per_token  # noqa: E402
from litellm.llms.base_llm.ocr.transformation import OCRResponse, OCRUsageInfo  # noqa: E402
from litellm.types.utils import ImageObject, ImageResponse, ModelResponse, Usage  # noqa: E402

litellm.suppress_debug_info = True

# The library's names for providers that OpenTelemetry calls otherwise.
PROVIDERS = {
    "alibaba_cloud": "dashscope",
    "aws.bedrock": "bedrock",
    "azure.ai.openai": "azure",
    "gcp.gemini": "gemini",
    "gcp.gen_ai": "gemini",
    "gcp.vertex_ai": "vertex_ai",
    "github.copilot": "github_copilot",
    "google_genai": "gemini",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshot",
    "voyageai": "voyage",
    "x_ai": "xai",
}
HOSTS = {"api.groq.com": "groq", "openrouter.ai": "openrouter", "api.deepseek.com": "deepseek", "api.mistral.ai": "mistral"}
# Providers that it keeps under several names.
ALSO = {"cohere": ["cohere_chat"], "openai": ["text-completion-openai"]}
OPERATIONS = {"embeddings": "embedding", "transcription": "transcription", "speech": "speech", "rerank": "rerank"}


def usage_of(case):
    """The usage object of litellm: prompt tokens with the cached and the written ones, completion tokens with reasoning."""
    n = case.get("normalized") or {}
    extra = case.get("extra") or {}
    short, long = n.get("cw", 0) + n.get("cw5", 0), n.get("cw1h", 0)
    prompt = {"cached_tokens": n.get("cr", 0), "cache_creation_tokens": short + long}
    if long:
        prompt["cache_creation_token_details"] = {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long}
    for ours, theirs in (("ain", "audio_tokens"), ("iin", "image_tokens"), ("vin", "video_tokens")):
        if n.get(ours):
            prompt[theirs] = n[ours]
    if n.get("web"):
        prompt["web_search_requests"] = n["web"]
    completion = {}
    for ours, theirs in (("aout", "audio_tokens"), ("iout", "image_tokens"), ("reas", "reasoning_tokens")):
        if n.get(ours):
            completion[theirs] = n[ours]
    if completion:
        completion["text_tokens"] = n.get("out", 0) - sum(completion.values())
    more = {}
    if n.get("web"):
        more["server_tool_use"] = {"web_search_requests": n["web"]}
    if n.get("cite"):
        more["citation_tokens"] = n["cite"]
    if n.get("web") and case["provider"] == "perplexity":
        more["num_search_queries"] = n["web"]
    for key in ("speed", "inference_geo"):
        if extra.get("anthropic." + key):
            more[key] = extra["anthropic." + key]
    return Usage(
        prompt_tokens=n.get("inp", 0),
        completion_tokens=n.get("out", 0),
        total_tokens=n.get("inp", 0) + n.get("out", 0),
        prompt_tokens_details=prompt,
        completion_tokens_details=completion or None,
        cache_creation_input_tokens=short + long,
        cache_read_input_tokens=n.get("cr", 0),
        **more,
    )


def options(case):
    """Region and tier as the library takes them."""
    out = {}
    if case.get("service_tier") and not case.get("batch"):
        out["service_tier"] = case["service_tier"]
    host = case.get("server_address") or ""
    if m := re.fullmatch(r"(\w\w)\.api\.openai\.com", host):
        out["data_residency"] = m[1]
    if m := re.fullmatch(r"(?:(.+)-)?aiplatform\.googleapis\.com", host):
        out["vertex_location"] = m[1] or "global"
    return out


def ways(case, model, provider):
    """The library's public entry points that fit the case."""
    n = case.get("normalized") or {}
    opts = options(case)
    kind = OPERATIONS.get(case.get("operation") or "", "completion")
    if case.get("batch"):
        regional = {k: v for k, v in opts.items() if k != "service_tier"}
        yield lambda: sum(batch_cost_calculator(usage_of(case), model=model, custom_llm_provider=provider, **regional))
        return
    if n.get("images"):
        extra = case.get("extra") or {}
        yield lambda: completion_cost(
            completion_response=ImageResponse(created=0, data=[ImageObject(url="x")] * n["images"]),
            model=model,
            custom_llm_provider=provider,
            call_type="image_generation",
            size=extra.get("image.size"),
            quality=extra.get("image.quality"),
            n=n["images"],
        )
        return
    if n.get("pages"):
        yield lambda: completion_cost(
            completion_response=OCRResponse(pages=[], model=model, usage_info=OCRUsageInfo(pages_processed=n["pages"])),
            model=model,
            custom_llm_provider=provider,
            call_type="ocr",
        )
        return
    more = {}
    if n.get("chars"):
        more["prompt_characters"] = n["chars"]
    if n.get("secs"):
        more["audio_transcription_file_duration"] = n["secs"]
    if n.get("su"):
        more["rerank_billed_units"] = {"search_units": n["su"]}
    if not more:
        yield lambda: completion_cost(
            completion_response=ModelResponse(model=model, usage=usage_of(case)),
            model=model,
            custom_llm_provider=provider,
            call_type=kind,
            **opts,
        )
    raw = case.get("usage_raw") or {}
    if not more and "prompt_tokens" in raw:
        yield lambda: completion_cost(
            completion_response=ModelResponse(model=model, usage=Usage(**raw)),
            model=model,
            custom_llm_provider=provider,
            call_type=kind,
            **opts,
        )
    yield lambda: sum(
        cost_per_token(
            model=model,
            custom_llm_provider=provider,
            prompt_tokens=n.get("inp", 0),
            completion_tokens=n.get("su") or n.get("out", 0),
            usage_object=usage_of(case),
            call_type=kind,
            **more,
            **opts,
        )
    )


def figures(case):
    """Every figure that an honest call of the library gives, the best way first."""
    provider = HOSTS.get(case.get("server_address") or "") or PROVIDERS.get(case["provider"], case["provider"])
    models = [m for m in dict.fromkeys((case.get("response_model"), case["request_model"])) if m]
    for name in [provider, *ALSO.get(provider, [])]:
        for model in models:
            for way in ways(case, model, name):
                try:
                    yield float(way())
                except Exception:  # noqa: BLE001 - the library raises bare exceptions for models it does not know
                    continue
