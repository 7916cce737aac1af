"""Trains the same with the reference loop in Python and with Fovea, and compares.

For each seed both begin with the same weights, take the same photographs and the recipe `lab`; their
orders and augmentations are random on their own. Prints a Markdown table: means over the seeds, their
difference, and the spread (highest minus lowest over the seeds, the larger of the two sides). Exit
code 1 when a difference of means exceeds the spread.

usage: study.py DATA [--bin DIR] [--backbone FILE] [--seeds N] [--train N] [--test N] [--epochs N]

DATA has the reference lab's csv files (train_img.csv, train_label.csv, test_*.csv) and photographs.
"""

import argparse
import csv
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import numpy as np
import reference_loop
import torch
from reference_loop import CLASSES
from resnet18 import ResNet18
from safetensors.torch import load_file, save_file

UNREACHABLE = 3  # Exit code of fovea.
FIGURES = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=pathlib.Path, help="folder with the csv files")
    parser.add_argument("--bin", type=pathlib.Path, help="folder of fovead and fovea",
                        default=pathlib.Path(__file__).resolve().parents[2] / "build/release/bin")
    parser.add_argument("--backbone", help="safetensors file to begin with, but for the last layer")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--train", type=int, default=100, help="most train photographs of a grade")
    parser.add_argument("--test", type=int, default=60, help="most test photographs of a grade")
    parser.add_argument("--epochs", type=int, default=3, help="in all; the first trains the head")
    return parser.parse_args()


def read(data, part, most):
    """The first photographs of each grade, as (path, grade) in the order of the list."""
    names = [row[0] for row in csv.reader(open(data / f"{part}_img.csv", encoding="utf-8"))]
    grades = [int(row[0]) for row in csv.reader(open(data / f"{part}_label.csv", encoding="utf-8"))]
    seen, items = [0] * CLASSES, []
    for name, grade in zip(names, grades, strict=True):
        seen[grade] += 1
        if seen[grade] <= most:
            items.append((next(data.rglob(f"{name}.jp*g")), grade))
    return items


def write_subset(folder, parts):
    for part, items in parts.items():
        for path, _ in items:
            shutil.copy(path, folder / path.name)
        (folder / f"{part}_img.csv").write_text("".join(f"{p.stem}\n" for p, _ in items))
        (folder / f"{part}_label.csv").write_text("".join(f"{g}\n" for _, g in items))


def initial_weights(seed, backbone):
    """torchvision's initialisation; everything but the last layer from `backbone` if there is one."""
    torch.manual_seed(seed)
    model = ResNet18(CLASSES)
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    weights = model.state_dict()
    if backbone:
        weights |= {k: v for k, v in load_file(backbone).items() if not k.startswith("fc.")}
    return weights


class Fovea:
    """A server of its own, and its command line."""

    def __init__(self, binaries, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.client = [binaries / "fovea", "--server", f"127.0.0.1:{port}"]
        self.server = subprocess.Popen(
            [binaries / "fovead", "--data-dir", folder / "state", "--listen", f"127.0.0.1:{port}",
             "--metrics-listen", "", "--log-level", "warning"])
        while subprocess.run([*self.client, "server", "status"], capture_output=True).returncode == UNREACHABLE:
            if self.server.poll() is not None:
                sys.exit("fovead did not start")
            time.sleep(0.1)

    def call(self, *words):
        return subprocess.run([*self.client, "-o", "json", *words], check=True, stdout=subprocess.PIPE,
                              text=True).stdout

    def close(self):
        self.server.terminate()
        self.server.wait()

    def train(self, model, seed, epochs):
        job = self.call("job", "create", "--dataset", "parity", "--init", f"{model}/1", "--model-id", model,
                        "--epochs", str(epochs), "--head-epochs", "1", "--seed", str(seed),
                        "--validation-share", "0")
        history = []
        for line in self.call("job", "watch", json.loads(job)["name"]).splitlines():
            epoch = json.loads(line).get("epoch_finished")
            if epoch:
                history.append({f"{part}_{figure}": epoch[part].get(figure, 0)
                                for part in ("train", "test") for figure in ("loss", "accuracy")})
        return history


def report(python, fovea):
    """The table; whether all differences are within the spread."""
    print("| epoch | figure | Python | Fovea | difference | spread of the seeds |\n|---|---|---|---|---|---|")
    within = True
    for epoch in range(len(python[0])):
        for figure in FIGURES:
            sides = [np.array([run[epoch][figure] for run in runs]) for runs in (python, fovea)]
            means = [side.mean() for side in sides]
            spread = max(np.ptp(side) for side in sides)
            difference = means[1] - means[0]
            within &= abs(difference) <= spread
            print(f"| {epoch + 1} | {figure.replace('_', ' ')} | {means[0]:.4f} | {means[1]:.4f} | "
                  f"{difference:+.4f} | {spread:.4f} |")
    return within


def main():
    options = arguments()
    parts = {"train": read(options.data, "train", options.train),
             "test": read(options.data, "test", options.test)}
    print({part: np.bincount([g for _, g in items]).tolist() for part, items in parts.items()}, file=sys.stderr)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        photographs = folder / "photographs"
        photographs.mkdir()
        write_subset(photographs, parts)
        server = Fovea(options.bin, folder)
        try:
            server.call("dataset", "push", str(photographs), "--id", "parity")
            python, fovea = [], []
            for seed in range(options.seeds):
                weights = initial_weights(seed, options.backbone)
                file = folder / f"{seed}.safetensors"
                save_file(weights, file)
                server.call("model", "import", str(file), "--model-id", f"seed-{seed}",
                            "--class-names", "0,1,2,3,4")
                fovea.append(server.train(f"seed-{seed}", seed, options.epochs))
                python.append(reference_loop.run(parts["train"], parts["test"], weights, seed,
                                                 options.epochs, 1, os.cpu_count() // 2))
                print(f"seed {seed}: Fovea {fovea[-1][-1]}, Python {python[-1][-1]}", file=sys.stderr)
        finally:
            server.close()
    return 0 if report(python, fovea) else 1


if __name__ == "__main__":
    sys.exit(main())
