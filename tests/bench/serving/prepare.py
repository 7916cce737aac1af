"""What the scenarios need: trained versions, their weights, and photographs of two sizes."""

import shutil
import subprocess
from pathlib import Path

from PIL import Image

from servers import BIN, ROOT, Fovead

REAL = ROOT.parent / "shared/data/eyepacs256/images"
PHOTOGRAPHS = 16
LARGE = (3888, 2592)
ARCHITECTURES = ("resnet18", "resnet50")


def photographs(work):
    """Files of 256 pixels, real ones where they are, and the same ones as large as a camera's."""
    folder = work / "photographs"
    folder.mkdir()
    source = REAL if REAL.is_dir() else work / "phantoms/images"
    small, large = [], []
    for path in sorted(source.glob("*.jp*g"))[:PHOTOGRAPHS]:
        small.append(shutil.copy(path, folder / path.name))
        big = folder / f"large-{path.name}"
        image = Image.open(path).convert("RGB")
        image.resize((LARGE[1], LARGE[1]), Image.LANCZOS).save(folder / "square.png")
        frame = Image.new("RGB", LARGE)
        frame.paste(Image.open(folder / "square.png"), ((LARGE[0] - LARGE[1]) // 2, 0))
        frame.save(big, quality=90)
        large.append(str(big))
    return small, large


def train(server, architecture, name, *flags):
    """One short epoch: what a version answers does not change how fast it does."""
    server.fovea("job", "create", "--dataset", "bench", "--arch", architecture, "--model-id", name,
                 "--recipe", "lab", "--epochs", 1, "--head-epochs", 1, "--watch", *flags)


def prepare(work):
    """A data directory with the models resnet18, resnet18-scaled and resnet50, and `weights`."""
    subprocess.run([BIN / "fovea-phantom", "--out", work / "phantoms", "--patients", "24", "--size",
                    "256"], check=True, stdout=subprocess.DEVNULL)
    with Fovead(work) as server:
        server.wait()
        server.fovea("dataset", "push", work / "phantoms", "--id", "bench")
        for architecture in ARCHITECTURES:
            train(server, architecture, architecture)
        train(server, "resnet18", "resnet18-scaled", "--scaled-decode")
        # A second version of the same weights, to swap to.
        train(server, "resnet18", "resnet18")
        server.fovea("model", "export", "resnet18/1", "-o", work / "weights.safetensors")
    small, large = photographs(work)
    return {"small": small, "large": large, "weights": Path(work / "weights.safetensors")}
