"""Measures serving: `run_serving.py OUT.json [SCENARIO...]`, all of scenarios.py unless some are named.

Run by scripts/bench.sh serving in the benchmarks' environment. Needs a few GB in a temporary folder
and about half an hour on two cores.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from prepare import prepare
from scenarios import SCENARIOS


def main():
    out, names = Path(sys.argv[1]), sys.argv[2:] or list(SCENARIOS)
    unknown = set(names) - set(SCENARIOS)
    if unknown:
        sys.exit(f"unknown scenarios: {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    result = {}
    with tempfile.TemporaryDirectory(prefix="fovea-serving-") as folder:
        work = Path(folder)
        print("training the versions", file=sys.stderr, flush=True)
        made = prepare(work)
        for name in names:
            start = time.monotonic()
            print(f"measuring {name}", file=sys.stderr, end="", flush=True)
            result[name] = SCENARIOS[name](work, made)
            print(f": {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
            out.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
