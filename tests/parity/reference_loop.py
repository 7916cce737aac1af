"""The reference lab's training loop in Python: Pillow, a DataLoader, PyTorch, NCHW.

torchvision's transforms are written out in Pillow and NumPy: Resize(256), both flips, RandomCrop(224)
(CenterCrop in tests), ToTensor, Normalize.
"""

import random

import numpy as np
import torch
from PIL import Image
from resnet18 import ResNet18
from torch import nn
from torch.utils.data import DataLoader, Dataset

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)
CLASSES = 5


def resize(image, short):
    """As torchvision.transforms.Resize(short): antialiased bilinear, the aspect ratio kept."""
    width, height = image.size
    if width <= height:
        size = (short, int(short * height / width))
    else:
        size = (int(short * width / height), short)
    return image if size == image.size else image.resize(size, Image.Resampling.BILINEAR)


class Fundus(Dataset):
    """Pairs of path and grade; `augment` as in training."""

    def __init__(self, items, augment, short=256, crop=224):
        self.items, self.augment, self.short, self.crop = items, augment, short, crop

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        path, grade = self.items[index]
        with Image.open(path) as file:
            image = resize(file.convert("RGB"), self.short)
        left, top = (round((side - self.crop) / 2) for side in image.size)
        if self.augment:
            if random.random() < 0.5:
                image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            if random.random() < 0.5:
                image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
            left, top = (random.randint(0, side - self.crop) for side in image.size)
        image = image.crop((left, top, left + self.crop, top + self.crop))
        pixels = (np.asarray(image, np.float32) / 255 - MEAN) / STD
        return torch.from_numpy(pixels.transpose(2, 0, 1).copy()), grade


def class_weights(items):
    counts = np.bincount([grade for _, grade in items], minlength=CLASSES)
    rest = 1 - counts / counts.sum()
    return torch.tensor(rest / rest[0], dtype=torch.float32)


def train_epoch(model, loader, criterion, optimiser):
    """Mean loss and accuracy over the epoch, as the weights moved."""
    model.train()
    loss_sum, right, images = 0.0, 0, 0
    for x, y in loader:
        logits = model(x)
        loss = criterion(logits, y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss_sum += loss.item() * len(y)
        right += (logits.argmax(1) == y).sum().item()
        images += len(y)
    return loss_sum / images, right / images


@torch.no_grad()
def test(model, loader, criterion):
    model.eval()
    outputs = [(model(x), y) for x, y in loader]
    logits, labels = (torch.cat(parts) for parts in zip(*outputs))
    return criterion(logits, labels).item(), (logits.argmax(1) == labels).double().mean().item()


def run(train_items, test_items, weights, seed, epochs, head_epochs, workers=1, rate=1e-3, batch=16):
    """One dictionary an epoch: train_loss, train_accuracy, test_loss, test_accuracy."""
    random.seed(seed)
    torch.manual_seed(seed)
    model = ResNet18(CLASSES)
    model.load_state_dict(weights)
    criterion = nn.CrossEntropyLoss(class_weights(train_items))
    train_loader = DataLoader(Fundus(train_items, True), batch, shuffle=True, num_workers=workers)
    test_loader = DataLoader(Fundus(test_items, False), batch, num_workers=workers)
    history = []
    for epoch in range(epochs):
        if epoch in (0, head_epochs):  # Each phase has an optimiser of its own.
            head_only = epoch < head_epochs
            for name, parameter in model.named_parameters():
                parameter.requires_grad = not head_only or name.startswith("fc.")
            moving = model.fc.parameters() if head_only else model.parameters()
            optimiser = torch.optim.SGD(moving, lr=rate, momentum=0.9, weight_decay=5e-4)
        train_loss, train_accuracy = train_epoch(model, train_loader, criterion, optimiser)
        test_loss, test_accuracy = test(model, test_loader, criterion)
        history.append({"train_loss": train_loss, "train_accuracy": train_accuracy,
                        "test_loss": test_loss, "test_accuracy": test_accuracy})
    return history
