"""Repeats in Python PyTorch what the program train_parity trained: losses agree to 1e-4 relative."""

import statistics
import subprocess
import sys
import tempfile
import time

import torch
from safetensors.torch import load_file
from torch import nn

SIDE = 64
STEPS = 5


class Block(nn.Module):
    def __init__(self, inside, outside, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside)
        self.downsample = None
        if stride != 1 or inside != outside:
            self.downsample = nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    """torchvision's, with its names."""

    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        sizes = [(64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)]
        for i, (a, b, stride) in enumerate(sizes):
            setattr(self, f"layer{i + 1}", nn.Sequential(Block(a, b, stride), Block(b, b, 1)))
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = nn.functional.max_pool2d(x, 3, 2, 1)
        for i in range(4):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.fc(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1))


def repeat(folder):
    torch.set_num_threads(1)
    model = ResNet18(5)
    model.load_state_dict(load_file(f"{folder}/initial.safetensors"))
    model = model.to(memory_format=torch.channels_last).train()
    batches = load_file(f"{folder}/batches.safetensors")
    criterion = nn.CrossEntropyLoss(torch.tensor([1.0, 3.5122, 3.2093, 3.6811, 3.6968]))
    losses, seconds = [], []
    for phase in range(2):
        for name, parameter in model.named_parameters():
            parameter.requires_grad = phase == 1 or name.startswith("fc.")
        chosen = [p for p in model.parameters() if p.requires_grad]
        optimiser = torch.optim.SGD(chosen, lr=1e-3, momentum=0.9, weight_decay=5e-4)
        for i in range(phase * STEPS, (phase + 1) * STEPS):
            x = batches[f"x{i}"].to(memory_format=torch.channels_last)
            start = time.perf_counter()
            loss = criterion(model(x), batches[f"y{i}"])
            losses.append(loss.item())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            seconds.append(time.perf_counter() - start)
    return losses, seconds


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder, str(SIDE)], check=True)
        with open(f"{folder}/losses.txt", encoding="utf-8") as file:
            rows = [[float(word) for word in line.split()] for line in file]
        want, seconds = repeat(folder)
    worst = max(abs(row[0] - loss) / abs(loss) for row, loss in zip(rows, want, strict=True))
    ours = statistics.median(row[1] for row in rows[STEPS:])
    print(f"worst relative difference of {len(want)} losses: {worst:.2e}")
    print(f"median step of all parameters: ours {ours:.3f} s, PyTorch {statistics.median(seconds[STEPS:]):.3f} s")
    return 0 if worst <= 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main())
