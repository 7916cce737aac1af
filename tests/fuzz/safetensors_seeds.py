"""Writes a few small safetensors files to begin with: safetensors_seeds.py FOLDER"""

import json
import os
import struct
import sys

HEADERS = [
    {},
    {"__metadata__": {"format": "pt"}},
    {"w": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]},
     "n": {"dtype": "I64", "shape": [], "data_offsets": [8, 16]},
     "e": {"dtype": "F16", "shape": [0], "data_offsets": [16, 16]}},
    {"__metadata__": {"a": "b", "c": "\u00e4"},
     "b": {"dtype": "BOOL", "shape": [3], "data_offsets": [0, 3]},
     "h": {"dtype": "BF16", "shape": [1, 1, 1], "data_offsets": [3, 5]}},
]

os.makedirs(sys.argv[1], exist_ok=True)
for number, header in enumerate(HEADERS):
    text = json.dumps(header).encode()
    ends = [t["data_offsets"][1] for name, t in header.items() if name != "__metadata__"]
    with open(os.path.join(sys.argv[1], f"{number}.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + bytes(max(ends, default=0)))
