#!/usr/bin/env python3
"""Records the JavaScript libraries that trace model calls. The commands are those of record_agents.py, whose machinery it uses.

A case of the same client, version and scenario that lies in the folder of the given recordings is not kept twice.
"""

import json
import os
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "internal/testkit/testdata"
os.environ.setdefault("RECORDER_OUT", str(DATA / "captures-recorded-js-libs"))

import index
import record_agents

record_agents.SUFFIX = ".lib.mjs"
record_agents.SIGNALS += ("metrics",)


def main(*args):
    status = record_agents.main(*(args or ["help"]))
    if args[:1] == ("record",):
        given = {(c["dir"], c["scenario"]) for c in json.loads((DATA / "captures/index.json").read_text())["cases"]}
        index.forget(record_agents.OUT, lambda c: (c["dir"], c["scenario"]) in given)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
