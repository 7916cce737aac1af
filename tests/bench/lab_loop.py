"""The reference lab's loop as the other side of training_bench, on files of photographs.

    lab_loop.py steps ARCHITECTURE WEIGHTS PHOTOGRAPHS THREADS BATCH
    lab_loop.py job ARCHITECTURE WEIGHTS PHOTOGRAPHS THREADS BATCH
    lab_loop.py originals FOLDER COUNT FILE...

PHOTOGRAPHS is a file with a line `part path grade` for each. `steps` and `job` say 0 when they are
ready and then answer each line of their input with numbers, one a line:

    steps:  "PHASE LAYOUT WORKERS STEPS" with the milliseconds of each step, the wait for its batch
            included; PHASE 1 or 2, LAYOUT nchw or channels_last
    job:    "EPOCHS HEAD_EPOCHS LAYOUT WORKERS" with seconds: in all, training, testing; and the
            peak of resident MiB of this process (without those of the loader's workers)

`originals` writes photographs as a fundus camera does, 3888 x 2592, from smaller ones.
"""

import random
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import DataLoader

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parity"))
import reference_loop  # noqa: E402
import reference_resnet  # noqa: E402

try:
    from torchvision import transforms
except ImportError:  # The same in Pillow and NumPy, in reference_loop.
    transforms = None

CLASSES = 5


class Fundus(reference_loop.Fundus):
    """With torchvision's transforms where they can be had."""

    def __init__(self, items, augment):
        super().__init__(items, augment)
        if transforms is None:
            return
        cut = [transforms.RandomHorizontalFlip(), transforms.RandomVerticalFlip(),
               transforms.RandomCrop(224)] if augment else [transforms.CenterCrop(224)]
        normalise = transforms.Normalize(reference_loop.MEAN.tolist(), reference_loop.STD.tolist())
        self.transform = transforms.Compose(
            [transforms.Resize(256), *cut, transforms.ToTensor(), normalise])

    def __getitem__(self, index):
        if transforms is None:
            return super().__getitem__(index)
        path, grade = self.items[index]
        with Image.open(path) as file:
            return self.transform(file.convert("RGB")), grade


def read_items(path):
    parts = {"train": [], "test": []}
    for line in Path(path).read_text().splitlines():
        part, file, grade = line.split(" ")
        parts[part].append((file, int(grade)))
    return parts["train"], parts["test"]


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Lab:
    """Model, criterion and the optimiser of a phase."""

    def __init__(self, architecture, weights, train_items):
        self.model = reference_resnet.make(architecture, CLASSES)
        self.model.load_state_dict(load_file(weights))
        self.criterion = nn.CrossEntropyLoss(reference_loop.class_weights(train_items))
        self.optimiser, self.format = None, torch.contiguous_format

    def set_layout(self, layout):
        channels_last = layout == "channels_last"
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        self.model = self.model.to(memory_format=self.format)

    def set_phase(self, phase):
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad = phase == 2 or name.startswith("fc.")
        moving = self.model.fc.parameters() if phase == 1 else self.model.parameters()
        self.optimiser = torch.optim.SGD(moving, lr=1e-3, momentum=0.9, weight_decay=5e-4)

    def step(self, x, y):
        x = x.contiguous(memory_format=self.format)
        logits = self.model(x)
        loss = self.criterion(logits, y)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return loss.item() * len(y), (logits.argmax(1) == y).sum().item()

    @torch.no_grad()
    def test(self, loader):
        self.model.eval()
        right = 0
        for x, y in loader:
            logits = self.model(x.contiguous(memory_format=self.format))
            right += (logits.argmax(1) == y).sum().item()
        return right


def endless(loader):
    while True:
        yield from loader


class Steps:
    """Loaders live on between commands; a batch that is ready when one begins is in the warm-up."""

    def __init__(self, lab, train_items, batch):
        self.lab, self.items, self.batch = lab, train_items, batch

    def __call__(self, phase, layout, workers, steps):
        loader = DataLoader(Fundus(self.items, True), self.batch, shuffle=True, drop_last=True,
                            num_workers=int(workers))
        batches = endless(loader)
        self.lab.set_layout(layout)
        self.lab.set_phase(int(phase))
        self.lab.model.train()
        for _ in range(int(steps)):
            start = time.perf_counter()
            self.lab.step(*next(batches))
            print(1000 * (time.perf_counter() - start))


class Job:
    def __init__(self, lab, train_items, test_items, batch):
        self.lab, self.train_items, self.test_items = lab, train_items, test_items
        self.batch = batch

    def __call__(self, epochs, head_epochs, layout, workers):
        begin = time.perf_counter()
        train_loader = DataLoader(Fundus(self.train_items, True), self.batch, shuffle=True,
                                  num_workers=int(workers))
        test_loader = DataLoader(Fundus(self.test_items, False), self.batch,
                                 num_workers=int(workers))
        self.lab.set_layout(layout)
        train_seconds = test_seconds = 0.0
        for epoch in range(int(epochs)):
            if epoch in (0, int(head_epochs)):
                self.lab.set_phase(1 if epoch < int(head_epochs) else 2)
            start = time.perf_counter()
            self.lab.model.train()
            for x, y in train_loader:
                self.lab.step(x, y)
            middle = time.perf_counter()
            self.lab.test(test_loader)
            train_seconds += middle - start
            test_seconds += time.perf_counter() - middle
        for number in (time.perf_counter() - begin, train_seconds, test_seconds, peak_mib()):
            print(number)


def make_originals(folder, count, files):
    """Enlarged, with the grain of a camera, so that files are as large as a camera's."""
    rng = np.random.default_rng(1)
    grain = rng.normal(0, 2, (2592, 3888, 1)).astype(np.float32)
    for i in range(count):
        with Image.open(files[i % len(files)]) as file:
            image = file.convert("RGB").resize((3888, 2592), Image.Resampling.BICUBIC)
        pixels = np.asarray(image, np.float32) + np.roll(grain, i * 7, axis=1)
        pixels = np.clip(pixels, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(Path(folder) / f"{i}.jpeg", quality=85)


def main():
    mode = sys.argv[1]
    if mode == "originals":
        make_originals(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
        return
    architecture, weights, photographs, threads, batch = sys.argv[2:7]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    random.seed(1)
    train_items, test_items = read_items(photographs)
    lab = Lab(architecture, weights, train_items)
    if mode == "steps":
        answer = Steps(lab, train_items, int(batch))
    else:
        answer = Job(lab, train_items, test_items, int(batch))
    print(0, flush=True)
    for line in sys.stdin:
        answer(*line.split())
        sys.stdout.flush()


if __name__ == "__main__":
    main()
