"""Repeats in Python PyTorch what the program train_parity trained.

Rounding grows from step to step, so the truth is PyTorch in float64: our losses are about as near to
it as those of PyTorch in float32.
"""

import statistics
import subprocess
import sys
import tempfile
import time

import torch
from resnet18 import ResNet18
from safetensors.torch import load_file
from torch import nn

SIDE = 64
STEPS = 5


def repeat(folder, smoothing, scale, dtype):
    torch.set_num_threads(1)
    model = ResNet18(5)
    model.load_state_dict(load_file(f"{folder}/initial.safetensors"))
    model = model.to(dtype, memory_format=torch.channels_last).train()
    batches = load_file(f"{folder}/batches.safetensors")
    weights = torch.tensor([1.0, 3.5122, 3.2093, 3.6811, 3.6968], dtype=dtype)
    criterion = nn.CrossEntropyLoss(weights, label_smoothing=smoothing)
    losses, seconds = [], []
    for phase in range(2):
        for name, parameter in model.named_parameters():
            parameter.requires_grad = phase == 1 or name.startswith("fc.")
        backbone = [p for n, p in model.named_parameters() if p.requires_grad and "fc." not in n]
        groups = [{"params": model.fc.parameters()}]
        if backbone:
            groups.append({"params": backbone, "lr": 1e-3 * scale})
        optimiser = torch.optim.SGD(groups, lr=1e-3, momentum=0.9, weight_decay=5e-4)
        for i in range(phase * STEPS, (phase + 1) * STEPS):
            x = batches[f"x{i}"].to(dtype, memory_format=torch.channels_last)
            start = time.perf_counter()
            loss = criterion(model(x), batches[f"y{i}"])
            losses.append(loss.item())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            seconds.append(time.perf_counter() - start)
    return losses, seconds


def compare(smoothing, scale):
    with tempfile.TemporaryDirectory() as folder:
        arguments = [folder, str(SIDE), str(smoothing), str(scale)]
        subprocess.run([sys.argv[1], *arguments], check=True)
        with open(f"{folder}/losses.txt", encoding="utf-8") as file:
            rows = [[float(word) for word in line.split()] for line in file]
        want, _ = repeat(folder, smoothing, scale, torch.float64)
        theirs, seconds = repeat(folder, smoothing, scale, torch.float32)
    ours = distances([row[0] for row in rows], want)
    theirs = distances(theirs, want)
    print("relative distance of losses from float64, last layer: "
          f"ours {max(ours[:STEPS]):.1e}, PyTorch {max(theirs[:STEPS]):.1e}; all parameters: "
          f"ours {max(ours[STEPS:]):.1e}, PyTorch {max(theirs[STEPS:]):.1e}")
    milliseconds = 1000 * statistics.median(row[1] for row in rows[STEPS:])
    print(f"median step of all parameters: ours {milliseconds:.0f} ms, "
          f"PyTorch {1000 * statistics.median(seconds[STEPS:]):.0f} ms")
    return max(ours[:STEPS]) <= 5e-6 and max(ours[STEPS:]) <= 4 * max(theirs[STEPS:]) + 1e-6


def distances(losses, want):
    return [abs(loss - right) / abs(right) for loss, right in zip(losses, want, strict=True)]


def main():
    # The reference recipe, then label smoothing and another rate for the backbone.
    return 0 if all([compare(0.0, 1.0), compare(0.1, 0.3)]) else 1


if __name__ == "__main__":
    sys.exit(main())
