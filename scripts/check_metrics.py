"""Checks that the alert rules and the dashboard ask for metrics that fovead has.

Every name `fovea_...` or `nv_...` in deploy/ must be declared in server/metrics/metrics.cc, where a histogram
also gives the names with _bucket, _sum and _count; and every metric declared there must be on the
dashboard or in a rule, so that none is forgotten. Dashboards must be valid JSON with unique panels.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DECLARATION = re.compile(r'Add(Counter|Gauge|Histogram)\(\s*\*registry,\s*"([a-zA-Z_:]+)"')
USE = re.compile(r"\b(?:fovea|nv)_[a-z0-9_]+")


def declared() -> set[str]:
    names = set()
    source = (ROOT / "server/metrics/metrics.cc").read_text()
    for kind, name in DECLARATION.findall(source):
        suffixes = ["_bucket", "_sum", "_count"] if kind == "Histogram" else [""]
        names.update(name + suffix for suffix in suffixes)
    return names


def expressions() -> dict[str, str]:
    """The PromQL of each dashboard and rule file, by its path."""
    found = {}
    for path in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json")):
        panels = json.loads(path.read_text())["panels"]
        ids = [panel["id"] for panel in panels]
        if len(ids) != len(set(ids)):
            raise SystemExit(f"{path}: panels share an id")
        texts = [target["expr"] for panel in panels for target in panel.get("targets", [])]
        found[str(path.relative_to(ROOT))] = "\n".join(texts)
    for path in sorted((ROOT / "deploy/prometheus").glob("*.yml")):
        lines = path.read_text().splitlines()
        found[str(path.relative_to(ROOT))] = "\n".join(
            line for line in lines if not line.lstrip().startswith("#")
        )
    return found


def main() -> int:
    known = declared()
    used = set()
    problems = []
    for path, text in expressions().items():
        names = set(USE.findall(text))
        used |= names
        problems += [f"{path}: {name} is not in server/metrics/metrics.cc" for name in sorted(names - known)]
    # Of a histogram, any one of its series will do.
    stems = {re.sub(r"_(bucket|sum|count)$", "", name) for name in used}
    for name in sorted(known):
        stem = re.sub(r"_(bucket|sum|count)$", "", name)
        if name.startswith(("fovea_", "nv_")) and stem not in stems:
            problems.append(f"{stem} is on no dashboard and in no rule")
    print("\n".join(sorted(set(problems))), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
