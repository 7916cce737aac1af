"""The Python side of tests/server/model/parity_test.cc.

  model_parity.py check DIR ARCH    loads DIR/exported.safetensors strictly and compares logits
  model_parity.py init DIR ARCH     compares the distributions of freshly drawn weights
  model_parity.py make DIR ARCH N   makes weights of N classes in the forms that people have, and
                                    DIR/io.safetensors with an input and its logits
"""

import collections
import json
import os
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import reference_resnet  # noqa: E402


def check(directory, architecture):
    path = os.path.join(directory, "exported.safetensors")
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    assert metadata["format"] == "pt", metadata
    manifest = json.loads(metadata["fovea.manifest"])
    assert manifest["architecture"] == architecture, manifest
    model = reference_resnet.make(architecture, manifest["num_classes"])
    model.load_state_dict(load_file(path), strict=True)
    model.eval()
    io = load_file(os.path.join(directory, "io.safetensors"))
    with torch.no_grad():
        logits = model(io["x"])
    difference = (logits - io["logits"]).abs().max().item()
    print(f"largest difference {difference:.3g} of {logits.abs().max().item():.3g}")
    assert difference <= 1e-5, difference


def init(directory, architecture):
    """Mean, deviation and tails of each tensor, within five standard errors of each other."""
    drawn = load_file(os.path.join(directory, "exported.safetensors"))
    torch.manual_seed(1)
    reference = reference_resnet.make(architecture, drawn["fc.bias"].numel()).state_dict()
    assert list(sorted(drawn)) == list(sorted(reference))
    for name, ours in drawn.items():
        theirs = reference[name]
        assert ours.shape == theirs.shape and ours.dtype == theirs.dtype, name
        if theirs.dim() < 2 and name != "fc.bias":
            assert torch.equal(ours, theirs), name
            continue
        n = theirs.numel()
        scale = theirs.std().item()
        error = 5 * (2 / n) ** 0.5
        assert abs(ours.mean() - theirs.mean()).item() <= error * scale, name
        if n < 1000:
            continue
        assert abs(ours.std().item() / scale - 1) <= error, name
        for share in (0.1, 0.9):
            a, b = (torch.quantile(t.flatten()[:100000], share).item() for t in (ours, theirs))
            assert abs(a - b) <= 10 * min(n, 100000) ** -0.5 * scale, (name, share, a, b)


def make(directory, architecture, num_classes):
    torch.manual_seed(3)
    model = reference_resnet.make(architecture, int(num_classes))
    model.train()
    with torch.no_grad():
        model(torch.randn(4, 3, 64, 64))  # Statistics other than 0 and 1.
    model.eval()
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        save_file({"x": x, "logits": model(x)}, os.path.join(directory, "io.safetensors"))
    state = model.state_dict()

    def save(value, name, **options):
        torch.save(value, os.path.join(directory, name), **options)

    save(state, "plain.pth")
    save(state, "legacy.pth", _use_new_zipfile_serialization=False)
    save(collections.OrderedDict((k, v) for k, v in state.items() if "num_batches" not in k),
         "no_counters.pth")
    save({"epoch": 3, "state_dict": {"module." + k: v for k, v in state.items()}}, "wrapped.pth")
    save({"net": {"module.backbone." + k: v for k, v in state.items()}}, "keyed.pth")
    # What the converter must refuse.
    save(model, "whole_model.pth")
    save([1, 2, 3], "list.pth")
    save({"epoch": 3}, "no_state.pth")
    with open(os.path.join(directory, "garbage.pth"), "wb") as file:
        file.write(b"not a pickle")


if __name__ == "__main__":
    {"check": check, "init": init, "make": make}[sys.argv[1]](*sys.argv[2:])
