#!/usr/bin/env python3
"""Makes of pydantic/genai-prices' recorded usages what usages.c reads.

    usages.py DATA.json USAGES.json DIR [few]

DATA.json is its prices/new_data/v2/data.json, USAGES.json its
tests/dataset/usages.json. DIR gets table.json, its prices in LiteLLM's format
behind the names of their providers, and usages.jsonl, one line for each usage
that it has a price of: who and what, the tokens, the USD that it expects, and
the reply's body where larder reads such bodies itself. `few` takes one line of
each sort of usage of OpenAI's, Anthropic's and Google's models.
"""

import json
import re
import sys
from decimal import Decimal

# The dataset's prices are as of this moment (its extract_usages.py).
WHEN = "2025-11-06T12:00:00Z"

PRICES = {
    "input_mtok": "input_cost_per_token",
    "output_mtok": "output_cost_per_token",
    "cache_read_mtok": "cache_read_input_token_cost",
    "cache_write_mtok": "cache_creation_input_token_cost",
    "cache_write_1h_mtok": "cache_creation_input_token_cost_above_1hr",
    "output_reasoning_mtok": "output_cost_per_reasoning_token",
    "input_audio_mtok": "input_cost_per_audio_token",
    "cache_audio_read_mtok": "cache_read_input_audio_token_cost",
    "output_audio_mtok": "output_cost_per_audio_token",
    "input_image_mtok": "input_cost_per_image_token",
    "output_image_mtok": "output_cost_per_image_token",
}

TOKENS = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_read_tokens": "cache_read",
    "cache_write_tokens": "cache_write",
    "cache_write_1h_tokens": "cache_write_1h",
    "output_reasoning_tokens": "reasoning",
    "input_audio_tokens": "audio_in",
    "cache_audio_read_tokens": "audio_read",
    "output_audio_tokens": "audio_out",
    "input_image_tokens": "image_in",
    "output_image_tokens": "image_out",
}

# Bodies of these are larder's dialects; the rest of a reply is made up.
BODIES = {
    ("openai", "chat"): ("chat", {"choices": [{}]}),
    ("openai", "responses"): ("responses",
                              {"status": "completed", "output": []}),
    ("openai", "embeddings"): ("embedding", {"data": [{"embedding": ""}]}),
    ("anthropic", "default"): ("messages", {"content": []}),
}


def matches(clause, name):
    (kind, want), = clause.items()
    if kind in ("or", "and"):
        found = [matches(c, name) for c in want]
        return any(found) if kind == "or" else all(found)
    return {"equals": name == want, "starts_with": name.startswith(want),
            "ends_with": name.endswith(want), "contains": want in name,
            "regex": kind == "regex" and bool(re.search(want, name))}[kind]


def active(constraint):
    if constraint is None:
        return True
    if "start_date" in constraint:
        return constraint["start_date"] <= WHEN[:10]
    begin, end = constraint["start_time"], constraint["end_time"]
    now = WHEN[11:]
    return begin <= now < end if begin < end else now >= begin or now < end


def prices_of(model):
    prices = model["prices"]
    if isinstance(prices, dict):
        return prices
    for p in reversed(prices):
        if active(p.get("constraint")):
            return p["prices"]
    return prices[0]["prices"]


def a_token(price):
    return Decimal(str(price)) / 1000000


def thresholds(start):
    return f"{start // 1000}k" if start % 1000 == 0 else str(start)


def row_of(prices):
    row = {}
    for key, price in prices.items():
        if key not in PRICES:
            continue
        if isinstance(price, dict):
            row[PRICES[key]] = a_token(price["base"])
            for t in price["tiers"]:
                name = f"{PRICES[key]}_above_{thresholds(t['start'])}_tokens"
                row[name] = a_token(t["price"])
        else:
            row[PRICES[key]] = a_token(price)
    return row


def misread(shape, body):
    """Its reader of embeddings takes the input of chats."""
    return shape == "embedding" and "completion_tokens" in body["usage"]


class Prices:
    def __init__(self, providers):
        self.providers = {p["id"]: p for p in providers}

    def find(self, provider, name, further=True):
        p = self.providers[provider]
        for m in p["models"]:
            if matches(m["match"], name.lower()):
                return p["id"], m
        for other in p.get("fallback_model_providers") or []:
            found = further and self.find(other, name, False)
            if found:
                return found
        return None


def usages_of(prices, records, table):
    for record in records:
        for extracted in record["extracted"]:
            for who in extracted["extractors"]:
                if "input_price" not in who:
                    continue
                line = usage_of(prices, record, extracted["usage"], who,
                                table)
                if table[line["model"]]:  # it counts no price as 0
                    yield line


def usage_of(prices, record, used, who, table):
    provider, model = prices.find(who["provider_id"], record["model"])
    name = f"{provider}/{model['id']}"
    table[name] = row_of(prices_of(model))
    usd = Decimal(who["input_price"]) + Decimal(who["output_price"])
    line = {
        "file": record["body"]["file"],
        "provider": who["provider_id"],
        "flavor": who["api_flavor"],
        "model": name,
        "usage": {TOKENS[k]: n for k, n in used.items() if k in TOKENS},
        "usd": format(usd, "f"),
    }
    shape = BODIES.get((who["provider_id"], who["api_flavor"]))
    if shape and not misread(shape[0], record["body"]):
        line["shape"] = shape[0]
        line["body"] = {**{k: record["body"][k] for k in ("model", "usage",
                        "service_tier") if k in record["body"]}, **shape[1]}
    return line


def as_json(table):
    rows = []
    for name, row in sorted(table.items()):
        prices = ", ".join(f'"{k}": {format(v, "f")}' for k, v in row.items())
        rows.append(f"{json.dumps(name)}: {{{prices}}}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def few(lines):
    seen = {}
    for line in lines:
        if line["provider"] in ("openai", "anthropic", "google"):
            sort = (line["provider"], line["flavor"], *sorted(line["usage"]))
            seen.setdefault(sort, line)
    return list(seen.values())


def main(data, usages, into, what="all"):
    prices, table = Prices(json.load(open(data))), {}
    lines = list(usages_of(prices, json.load(open(usages)), table))
    if what == "few":
        lines = few(lines)
    used = {line["model"] for line in lines}
    with open(f"{into}/table.json", "w") as f:
        f.write(as_json({k: v for k, v in table.items() if k in used}))
    with open(f"{into}/usages.jsonl", "w") as f:
        for line in lines:
            f.write(json.dumps(line, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
