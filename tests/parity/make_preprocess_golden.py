"""What Pillow and torchvision's formulas make of photographs, for pillow_parity_test.

usage: make_preprocess_golden.py LIST FOLDER

LIST holds one path of a photograph a line. For line i, FOLDER/i.golden gets, little-endian:
six int32 (width, height, resized width, resized height, left, top), the decoded RGB bytes, those
turned upright by EXIF (the same count), the resized RGB bytes, the float32 tensor of the centre
crop (rows, columns, channels), and the SHA-256 (32 bytes each) of the RGB bytes as the codec
decodes them at 1/2, 1/4 and 1/8 of the size, which for a PNG is the full size.

For each photograph that is a PNG, FOLDER/i-VARIANT.jpg are JPEGs of it in forms that cameras and
programs write, and FOLDER/i-VARIANT.golden what they give.
"""

import hashlib
import pathlib
import struct
import sys

import numpy as np
from PIL import Image, ImageOps

RESIZE, CROP = 256, 224
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)

VARIANTS = {
    "444": dict(quality=90, subsampling=0),
    "422": dict(quality=85, subsampling=1),
    "420-low": dict(quality=25, subsampling=2),
    "progressive": dict(quality=92, progressive=True),
    "best": dict(quality=100, subsampling=0, optimize=True),
    "restarts": dict(quality=80, restart_marker_rows=1),
    "grey": dict(quality=90),
}


def resized_size(width, height):
    """torchvision.transforms.functional.resize with one number."""
    short, long = min(width, height), max(width, height)
    new_long = int(RESIZE * long / short)
    return (RESIZE, new_long) if width <= height else (new_long, RESIZE)


def centre_crop_offset(side):
    """torchvision.transforms.functional.center_crop."""
    return int(round((side - CROP) / 2.0))


def to_tensor(window):
    """ToTensor and Normalize, without the move of the channels."""
    return (window.astype(np.float32) / np.float32(255) - MEAN) / STD


def scaled_hash(photo, divisor):
    with Image.open(photo) as opened:
        opened.draft("RGB", tuple(side // divisor for side in opened.size))
        return hashlib.sha256(opened.convert("RGB").tobytes()).digest()


def write_golden(photo, path):
    with Image.open(photo) as opened:
        rgb = opened.convert("RGB")
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    resized = rgb.resize(resized_size(*rgb.size), Image.Resampling.BILINEAR)
    left, top = centre_crop_offset(resized.width), centre_crop_offset(resized.height)
    pixels = np.asarray(resized)
    tensor = to_tensor(pixels[top : top + CROP, left : left + CROP])
    with open(path, "wb") as out:
        out.write(struct.pack("<6i", *rgb.size, *resized.size, left, top))
        for array in (rgb, upright, pixels, tensor):
            out.write(np.ascontiguousarray(array).tobytes())
        for divisor in (2, 4, 8):
            out.write(scaled_hash(photo, divisor))


def main(list_file, folder):
    folder = pathlib.Path(folder)
    for index, line in enumerate(pathlib.Path(list_file).read_text().splitlines()):
        write_golden(line, folder / f"{index}.golden")
        if not line.endswith(".png"):
            continue
        for name, options in VARIANTS.items():
            with Image.open(line) as painted:
                photo = painted.convert("L" if name == "grey" else "RGB")
            jpeg = folder / f"{index}-{name}.jpg"
            photo.save(jpeg, **options)
            write_golden(jpeg, jpeg.with_suffix(".golden"))


if __name__ == "__main__":
    main(*sys.argv[1:])
