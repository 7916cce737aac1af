"""Writes `report.md` and plots of the figures in a folder: `report.py FOLDER`.

Takes what lies there of plan.json, serving.json, training.json and micro_*.json.
"""

import json
import sys
from pathlib import Path

import plots
from machine import describe


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def plan_section(rows, folder):
    """Every side by network and batch, as milliseconds an image and against the peers' float32."""
    plots.time_by_batch(rows, folder / "plan.png")
    cells = []
    for row in rows:
        peers = [other["ms_per_image"] for other in rows
                 if (other["architecture"], other["batch"]) == (row["architecture"], row["batch"])
                 and other["side"] == "onnxruntime-float32"]
        ratio = f"{peers[0] / row['ms_per_image']:.2f}" if peers else ""
        cells.append([row["architecture"], row["batch"], row["side"],
                      f"{row['ms_per_image']:.2f}", ratio, f"{row['difference']:.1e}"])
    header = ["network", "batch", "side", "ms an image", "x ONNX Runtime fp32", "differs by"]
    return "## Plan\n\n" + table(header, cells) + "\n![Time an image](plan.png)\n"


def flat(value):
    return json.dumps(value) if isinstance(value, (dict, list)) else (
        f"{value:.4g}" if isinstance(value, float) else value)


def rows_table(rows):
    header = list(dict.fromkeys(name for row in rows for name in row))
    return table(header, [[flat(row.get(name, "")) for name in header] for row in rows])


def serving_section(scenarios, folder):
    parts = ["## Serving\n"]
    for name, rows in scenarios.items():
        parts.append(f"### {name}\n\n{rows_table(rows)}")
    if plots.throughput_by_latency(scenarios, folder / "serving.png"):
        parts.append("![Throughput against latency](serving.png)\n")
    if "memory" in scenarios:
        plots.memory(scenarios["memory"], folder / "memory.png")
        parts.append("![Resident memory](memory.png)\n")
    return "\n".join(parts)


def training_section(parts, folder):
    """The parts that were measured: steps by phase, a whole job, peak memory."""
    text = ["## Training\n"]
    if "steps" in parts:
        plots.training(parts["steps"], folder / "training.png")
        text.append(rows_table(parts["steps"]) + "\n![Photographs a second](training.png)\n")
    for name in ("job", "memory"):
        rows = [[key, flat(value)] for key, value in parts.get(name, {}).items()]
        if rows:
            text.append(f"### {name}\n\n" + table(["what", "figures"], rows))
    return "\n".join(text)


def micro_section(files):
    cells = []
    for path in files:
        for row in json.loads(path.read_text())["benchmarks"]:
            if row.get("aggregate_name") == "median":
                cells.append([row["run_name"], f"{row['real_time']:.3g} {row['time_unit']}"])
    return "## Micro-benchmarks\n\n" + table(["what", "median"], cells)


def main():
    folder = Path(sys.argv[1])
    read = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    parts = ["# Measurements\n", describe()]
    if "plan" in read:
        parts.append(plan_section(read["plan"], folder))
    if "serving" in read:
        parts.append(serving_section(read["serving"], folder))
    if "training" in read:
        parts.append(training_section(read["training"], folder))
    micro = sorted(folder.glob("micro_*.json"))
    if micro:
        parts.append(micro_section(micro))
    (folder / "report.md").write_text("\n".join(parts))
    print(folder / "report.md")


if __name__ == "__main__":
    main()
