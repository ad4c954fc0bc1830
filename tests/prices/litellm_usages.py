#!/usr/bin/env python3
"""Makes up usages and has LiteLLM itself price them, for usages.c.

    litellm_usages.py DIR [SEED]        (with the package litellm installed)

DIR gets table.json, the table that LiteLLM comes with, unchanged, and
usages.jsonl: for every model of OpenAI, Anthropic, Google and xAI in it that
is priced by the token, usages below and above each of its thresholds, in each
tier, with and without tokens from and to the cache, reasoning, audio and
images. Where LiteLLM takes a price that is missing for 0, or a threshold from
one kind of token for all, there is nothing to compare: README says why.
"""

import json
import os
import random
import re
import shutil
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm  # noqa: E402
from litellm.cost_calculator import batch_cost_calculator  # noqa: E402
from litellm.litellm_core_utils.llm_cost_calc.utils import (  # noqa: E402
    generic_cost_per_token)
from litellm.types.utils import (  # noqa: E402
    CompletionTokensDetailsWrapper, PromptTokensDetailsWrapper, Usage)

PROVIDERS = {
    "openai": "openai", "text-completion-openai": "openai",
    "anthropic": "anthropic", "xai": "xai", "gemini": "google",
    "vertex_ai-language-models": "google",
}
TIERS = [None, "priority", "flex", "batch"]
READ, WRITE = "cache_read_input_token_cost", "cache_creation_input_token_cost"
HOUR, THINK = WRITE + "_above_1hr", "output_cost_per_reasoning_token"


def thresholds(row, tail=""):
    found = {int(n) * (1000 if k else 1) for key in row for n, k in
             re.findall(r"^input_cost_per_token_above_(\d+)(k?)_tokens" +
                        tail + "$", key)}
    return [0] + sorted(found)


def comparable(row, n, u, tier):
    if tier != "batch":
        return True
    passed = [t for t in thresholds(row) if n >= t > 0]
    known = thresholds(row, "_batches")
    return (all(t in known for t in passed) and
            not u.get("audio_in") and not u.get("audio_out"))


def usages(rng, row, tier):
    for above in thresholds(row):
        for extra in (-7, 0, 1, rng.randint(2, 5000)):
            n = above + extra
            u = usage(rng, row, n, tier) if n > 0 else None
            if u and comparable(row, n, u, tier):
                yield u


def usage(rng, row, n, tier):
    u = {"input": n, "output": rng.randint(0, 9000)}
    if READ in row and rng.random() < .6:
        u["cache_read"] = rng.randint(0, n)
    if WRITE in row and HOUR in row and rng.random() < .6:
        u["cache_write"] = rng.randint(0, n - u.get("cache_read", 0))
        if tier is None:
            u["cache_write_1h"] = rng.randint(0, u["cache_write"])
    left = n - u.get("cache_read", 0) - u.get("cache_write", 0)
    if "input_cost_per_audio_token" in row and rng.random() < .5:
        u["audio_in"] = rng.randint(0, left)
        left -= u["audio_in"]
    if rng.random() < .5:
        u["reasoning"] = rng.randint(0, u["output"])
    if "output_cost_per_audio_token" in row and rng.random() < .5:
        u["audio_out"] = rng.randint(0, u["output"] - u.get("reasoning", 0))
    return u


def as_litellm(u):
    read, write = u.get("cache_read", 0), u.get("cache_write", 0)
    hour, audio = u.get("cache_write_1h", 0), u.get("audio_in", 0)
    think, said = u.get("reasoning", 0), u.get("audio_out", 0)
    ttl = {"ephemeral_5m_input_tokens": write - hour,
           "ephemeral_1h_input_tokens": hour}
    prompt = PromptTokensDetailsWrapper(
        cached_tokens=read, cache_creation_tokens=write, audio_tokens=audio,
        text_tokens=u["input"] - read - write - audio,
        cache_creation_token_details=ttl if write else None)
    answer = CompletionTokensDetailsWrapper(
        reasoning_tokens=think, audio_tokens=said,
        text_tokens=u["output"] - think - said)
    return Usage(prompt_tokens=u["input"], completion_tokens=u["output"],
                 total_tokens=u["input"] + u["output"],
                 prompt_tokens_details=prompt,
                 completion_tokens_details=answer)


def cost(name, row, u, tier):
    provider = row["litellm_provider"]
    if tier == "batch":
        return sum(batch_cost_calculator(as_litellm(u), name, provider,
                                         model_info=dict(row)))
    return sum(generic_cost_per_token(name, as_litellm(u), provider,
                                      service_tier=tier,
                                      model_info=dict(row)))


def lines(table, rng):
    for name, row in sorted(table.items()):
        if (row.get("litellm_provider") not in PROVIDERS or
                not row.get("input_cost_per_token") or
                not row.get("output_cost_per_token") or
                "off_peak_pricing" in row):
            continue
        for tier in TIERS:
            for u in usages(rng, row, tier):
                yield {"provider": PROVIDERS[row["litellm_provider"]],
                       "model": name, "usage": u, "tier": tier or "",
                       "usd": f"{cost(name, row, u, tier):.15f}"}


def main(into, seed="1"):
    path = os.path.join(os.path.dirname(litellm.__file__),
                        "model_prices_and_context_window_backup.json")
    shutil.copyfile(path, f"{into}/table.json")
    with open(f"{into}/usages.jsonl", "w") as f:
        for line in lines(json.load(open(path)), random.Random(int(seed))):
            f.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
