"""What is measured of serving. Each function gives rows of figures, as JSON takes them."""

import json
import statistics
import subprocess
import threading
import time

from servers import BIN, Fovead, PythonServer

ROUNDS = 3
NO_GATE = ("--quality-gate", "off")  # The peer has none, so it is not compared.


def load(target, concurrency, seconds=4, **flags):
    """Figures of one run of serving_bench."""
    command = [BIN / "serving_bench", "--target", target, "--concurrency", str(concurrency),
               "--seconds", str(seconds)]
    for name, value in flags.items():
        values = value if isinstance(value, list) else [value]
        command += ["--" + name.replace("_", "-"), *map(str, values)]
    row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if "0" not in row.get("codes", {}):
        raise RuntimeError(f"no answer: {row}")
    return row


def median(rows):
    ok = [row["codes"]["0"] for row in rows]
    return {"throughput": statistics.median(row["throughput"] for row in rows),
            "p50_ms": statistics.median(row["p50_ms"] for row in ok),
            "p99_ms": statistics.median(row["p99_ms"] for row in ok)}


def interleaved(sides, concurrency, **flags):
    """Medians of rounds in which every side has its turn; a side is a name, target and flags."""
    rows = {name: [] for name, _, _ in sides}
    for _ in range(ROUNDS):
        for name, target, own in sides:
            rows[name].append(load(target, concurrency, **flags, **own))
    return [{"side": name, "concurrency": concurrency} | median(rows[name]) for name in rows]


def photographs(work, made):
    """JPEGs of both sizes, against the Python server."""
    rows = []
    with Fovead(work, *NO_GATE, "--precision", "fp32") as fp32, \
            Fovead_of(work, "int8") as int8, \
            PythonServer(work, made["weights"], "resnet18") as python:
        for server in (fp32, int8, python):
            server.wait()
        for size in ("small", "large"):
            scaled = [("scaled fp32", fp32.target, {"model": "models/resnet18-scaled"}),
                      ("scaled int8", int8.target, {"model": "models/resnet18-scaled"})]
            sides = [("fp32", fp32.target, {"model": "models/resnet18"}),
                     ("int8", int8.target, {"model": "models/resnet18"}),
                     *(scaled if size == "large" else []), ("python", python.target, {})]
            for concurrency in (1, 8):
                for row in interleaved(sides, concurrency, photographs=made[size]):
                    rows.append({"size": size} | row)
    return rows


def Fovead_of(work, precision):
    """A second server on a copy of the data: a data directory belongs to one process."""
    other = work / precision
    if not other.exists():
        other.mkdir()
        subprocess.run(["cp", "-r", work / "data", other / "data"], check=True)
    return Fovead(other, *NO_GATE, "--precision", precision)


def tensors(work, made):
    """Preprocessed tensors over ModelInfer, and what one process computes without a server."""
    rows = []
    with Fovead(work, "--precision", "fp32") as server:
        server.wait()
        for concurrency in (1, 2, 4, 8, 16):
            sides = [("ModelInfer", server.target, {"model": "resnet18", "tensor_side": 224})]
            rows += interleaved(sides, concurrency)
    return rows


def overload(work, made):
    """1,000 callers against the 256 that may wait, and as many callers as may wait."""
    rows = []
    with Fovead(work, *NO_GATE, "--precision", "fp32") as server:
        server.wait()
        for concurrency in (256, 1000):
            row = load(server.target, concurrency, seconds=15, warm_up=6, model="models/resnet18",
                       photographs=made["small"])
            rows.append(row)
    return rows


def memory(work, made, total=100_000, step=2_500):
    """Resident memory over `total` classifications."""
    rows = []
    done = 0
    with Fovead(work, "--precision", "int8") as server:
        server.wait()
        seconds = 5
        while done < total:
            row = load(server.target, 8, seconds=seconds, warm_up=0, model="models/resnet18",
                       photographs=made["small"], rss_pid=server.pid)
            done += row["codes"]["0"]["count"]
            rows.append({"classifications": done, "rss_mib": row["rss_mib"]})
            seconds = max(1, step / row["throughput"])
    return rows


def swap(work, made):
    """p99 with and without versions that change while 8 callers are answered."""
    rows = []
    with Fovead(work, *NO_GATE, "--precision", "fp32") as server:
        server.wait()
        load(server.target, 8, model="models/resnet18",
             photographs=made["small"])
        for swaps in (0, 4) * ROUNDS:
            stop = threading.Event()
            thread = threading.Thread(target=change, args=(server, swaps, stop))
            thread.start()
            row = load(server.target, 8, seconds=10, model="models/resnet18",
                       photographs=made["small"])
            stop.set()
            thread.join()
            rows.append({"swaps": swaps} | row)
    return rows


def change(server, swaps, stop):
    """Moves the alias that answers for the model to the other version and back."""
    for i in range(swaps):
        if stop.wait(2):
            return
        server.fovea("model", "alias", "resnet18", "production", f"{i % 2 + 1}")


def start(work, made):
    """Seconds from the start of fovead to its first answer by ResNet50, on a warm disk."""
    rows = []
    for precision in ("fp32", "int8") * ROUNDS:
        with Fovead(work, "--precision", precision, "--default-model", "models/resnet50") as server:
            while server.fovea("--timeout", "5s", "classify", made["small"][0],
                               check=False).returncode:
                time.sleep(0.05)
            rows.append({"precision": precision, "seconds": time.monotonic() - server.started})
    return rows


def unload(work, made):
    """Resident memory while two models take turns in a place for one."""
    rows = []
    with Fovead(work, "--precision", "fp32", "--max-loaded-models", "1") as server:
        server.wait()
        for turn in range(12):
            for model in ("resnet50", "resnet18"):
                row = load(server.target, 1, seconds=1, warm_up=0, model=f"models/{model}",
                           photographs=made["small"], rss_pid=server.pid)
                rows.append({"turn": turn, "model": model, "rss_mib": row["rss_mib"]})
    return rows


SCENARIOS = {f.__name__: f for f in (photographs, tensors, overload, swap, start, unload, memory)}
