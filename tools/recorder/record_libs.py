#!/usr/bin/env python3
"""Records the JavaScript libraries that trace model calls. The commands are those of record_agents.py, whose machinery it uses."""

import os
import sys
from pathlib import Path

os.environ.setdefault("RECORDER_OUT", str(Path(__file__).resolve().parents[2] / "internal/testkit/testdata/captures-recorded-js-libs"))

import record_agents

record_agents.SUFFIX = ".lib.mjs"

if __name__ == "__main__":
    sys.exit(record_agents.main(*(sys.argv[1:] or ["help"])))
