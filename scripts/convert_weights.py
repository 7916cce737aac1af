#!/usr/bin/env python3
"""Turns PyTorch weights (.pth, .pt) into a safetensors file for `fovea model import`.

The file may hold a state dict, or a checkpoint with one under `state_dict`, `model` or
`model_state_dict` (or under --key). It is read with weights_only=True: no code in it is run.
Names are kept as they are; the import knows the prefixes of common training wrappers.
"""

import argparse
import collections.abc
import os
import pickle
import sys
import tempfile

USUAL_KEYS = ("state_dict", "model", "model_state_dict")


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Example: .venv/bin/python scripts/convert_weights.py resnet18-f37072fd.pth "
               "resnet18.safetensors")
    parser.add_argument("input", metavar="WEIGHTS.pth")
    parser.add_argument("output", metavar="OUT.safetensors")
    parser.add_argument("--key", help="where in a checkpoint the state dict is, for instance model")
    parser.add_argument("--force", action="store_true", help="replace OUT.safetensors if it exists")
    return parser.parse_args()


def fail(message):
    sys.exit(f"convert_weights: {message}")


def load(path):
    import torch
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        fail(f"{path}: not weights alone, or damaged. Only tensors and plain containers are read; "
             f"save model.state_dict() rather than the whole model.\nThe reader says: {reason}")


def is_state_dict(value):
    import torch
    return (isinstance(value, collections.abc.Mapping) and len(value) > 0 and
            all(isinstance(k, str) and torch.is_tensor(v) for k, v in value.items()))


def find_state_dict(loaded, key):
    """The state dict and the words for where it was."""
    if not isinstance(loaded, collections.abc.Mapping):
        fail(f"the file holds a {type(loaded).__name__}, not a state dict")
    if key is not None:
        if key not in loaded:
            fail(f"--key {key}: not in the file; it has: {', '.join(map(str, list(loaded)[:20]))}")
        if not is_state_dict(loaded[key]):
            fail(f"--key {key}: is not a state dict (names to tensors)")
        return loaded[key], f"under {key}"
    if is_state_dict(loaded):
        return loaded, "at the top"
    for usual in USUAL_KEYS:
        if is_state_dict(loaded.get(usual)):
            return loaded[usual], f"under {usual}"
    fail("found no state dict (names to tensors); say where it is with --key. The file has: " +
         ", ".join(map(str, list(loaded)[:20])))


def write(tensors, path):
    """Writes beside the file and renames, so that no half file is ever there."""
    from safetensors.torch import save_file
    directory = os.path.dirname(os.path.abspath(path))
    try:
        handle, temporary = tempfile.mkstemp(dir=directory, suffix=".tmp")
        os.close(handle)
        try:
            save_file(tensors, temporary, metadata={"format": "pt"})
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")


def main():
    args = parse_args()
    if os.path.exists(args.output) and not args.force:
        fail(f"{args.output}: exists; --force replaces it")
    state_dict, place = find_state_dict(load(args.input), args.key)
    # Copies, since tensors may share memory, which safetensors does not store.
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in state_dict.items()}
    write(tensors, args.output)
    numbers = sum(tensor.numel() for tensor in tensors.values())
    print(f"{args.input}: {len(tensors)} tensors, {numbers} numbers, found {place}")
    classifier = [(n, t) for n, t in tensors.items() if n.endswith("fc.weight") and t.dim() == 2]
    if classifier:
        print(f"classes: {classifier[0][1].shape[0]} (from {classifier[0][0]})")
    print(f"wrote {args.output}, {os.path.getsize(args.output)} bytes")


if __name__ == "__main__":
    main()
