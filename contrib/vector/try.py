#!/usr/bin/env python3
"""Runs the transform of vector.toml, and its tests, on Vector's own VRL within
Python (pip install vector-vrl), where `vector test` is not there.

    try.py vector.toml             the tests of the file
    try.py vector.toml --lines <usage.log
                                   the lines that come through
"""
import json
import sys
import tomllib

import vector_vrl


def through(source, messages):
    """The lines that the transform passes on."""
    given = [json.dumps({"message": m}) for m in messages]
    out = vector_vrl.execute_vrl(source, given)
    return [o["line"] for o in out if set(o) == {"line"}]


def main():
    with open(sys.argv[1], "rb") as f:
        conf = tomllib.load(f)
    check = vector_vrl.validate_config(conf)
    if not check.ok:
        sys.exit(f"not valid: {check}")
    source = conf["transforms"]["whole"]["source"]
    if "--lines" in sys.argv:
        for line in through(source, sys.stdin.read().splitlines()):
            print(line)
        return
    for test in conf["tests"]:
        given = [i["log_fields"]["message"] for i in test["inputs"]]
        want = [] if "no_outputs_from" in test else [g.strip() for g in given]
        got = through(source, given)
        if got != want:
            sys.exit(f"{test['name']}: {got}")
        print("ok:", test["name"])


main()
