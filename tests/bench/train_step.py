"""The Python side of train_step_bench: `train_step.py WEIGHTS THREADS BATCH_SIZE`.

Reads a number of training steps a line, does them, and answers with their milliseconds.
"""

import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parity"))
from resnet18 import ResNet18  # noqa: E402

CLASSES = 5
BATCHES = 4


def main():
    weights, threads, batch_size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model = ResNet18(CLASSES)
    model.load_state_dict(load_file(weights))
    model = model.to(memory_format=torch.channels_last).train()
    criterion = nn.CrossEntropyLoss(torch.tensor([1.0, 3.5122, 3.2093, 3.6811, 3.6968]))
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4)
    inputs = torch.randn(BATCHES * batch_size, 3, 224, 224).to(memory_format=torch.channels_last)
    labels = torch.arange(BATCHES * batch_size) % CLASSES
    loss_sum, correct, done = 0.0, 0, 0

    print(0, flush=True)
    for line in sys.stdin:
        for _ in range(int(line)):
            begin = done % BATCHES * batch_size
            start = time.perf_counter()
            x, y = inputs[begin:begin + batch_size], labels[begin:begin + batch_size]
            logits = model(x)
            loss = criterion(logits, y)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            loss_sum += loss.item() * batch_size
            correct += (logits.argmax(1) == y).sum().item()
            print(1000 * (time.perf_counter() - start))
            done += 1
        sys.stdout.flush()


if __name__ == "__main__":
    main()
