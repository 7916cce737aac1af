"""What a clinic would write in Python: a gRPC server that grades photographs with eager PyTorch.

`grpc_server.py PORT WEIGHTS ARCHITECTURE` answers Classify of fovea.v1.ClassificationService, from a
safetensors file of WEIGHTS, with the preprocessing of torchvision (Pillow's Resize(256), the
CenterCrop(224), Normalize), in batches of what waits, up to 8. Prints "serving" when it does.
"""

import asyncio
import importlib
import io
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import numpy as np
import torch
from grpc_tools import protoc
from PIL import Image
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/parity"))
import reference_resnet  # noqa: E402

CLASSES = 5
MAX_BATCH = 8
RESIZE, CROP = 256, 224
MEAN = np.float32([0.485, 0.456, 0.406])
STD = np.float32([0.229, 0.224, 0.225])
LARGEST_MESSAGE = 64 << 20


def compile_protos(folder):
    """The messages of our own proto, as Python modules."""
    protos = [str(path) for path in (ROOT / "proto/fovea/v1").glob("*.proto")]
    include = Path(protoc.__file__).parent / "_proto"
    if protoc.main(["", f"-I{ROOT / 'proto'}", f"-I{include}", f"--python_out={folder}", *protos]):
        sys.exit("cannot compile the protos")
    sys.path.insert(0, folder)
    return importlib.import_module("fovea.v1.classification_service_pb2")


def to_tensor(encoded):
    """As torchvision's Resize, CenterCrop, ToTensor and Normalize: float [3, 224, 224]."""
    image = Image.open(io.BytesIO(encoded)).convert("RGB")
    width, height = image.size
    short = min(width, height)
    size = (RESIZE * width // short, RESIZE * height // short)
    if size != image.size:
        image = image.resize(size, Image.BILINEAR)
    left, top = round((size[0] - CROP) / 2), round((size[1] - CROP) / 2)
    pixels = np.asarray(image.crop((left, top, left + CROP, top + CROP)), dtype=np.float32)
    return torch.from_numpy((pixels / 255 - MEAN) / STD).permute(2, 0, 1)


class Grader:
    """Batches what waits while the model is busy."""

    def __init__(self, weights, architecture):
        self.model = reference_resnet.make(architecture, CLASSES)
        self.model.load_state_dict(load_file(weights))
        self.model.eval()
        self.waiting = asyncio.Queue()
        self.decoders = ThreadPoolExecutor(torch.get_num_threads())
        self.inference = ThreadPoolExecutor(1)

    async def grade(self, encoded):
        loop = asyncio.get_running_loop()
        tensor = await loop.run_in_executor(self.decoders, to_tensor, encoded)
        answer = loop.create_future()
        await self.waiting.put((tensor, answer))
        return await answer

    @torch.inference_mode()
    def forward(self, tensors):
        return self.model(torch.stack(tensors)).softmax(1)

    async def run(self):
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self.waiting.get()]
            while len(batch) < MAX_BATCH and not self.waiting.empty():
                batch.append(self.waiting.get_nowait())
            tensors = [tensor for tensor, _ in batch]
            rows = await loop.run_in_executor(self.inference, self.forward, tensors)
            for (_, answer), row in zip(batch, rows):
                answer.set_result(row)


async def serve(port, weights, architecture, messages):
    grader = Grader(weights, architecture)

    async def classify(request, context):
        probabilities = await grader.grade(request.image)
        return messages.ClassifyResponse(grade=int(probabilities.argmax()),
                                         probabilities=probabilities.tolist())

    method = grpc.unary_unary_rpc_method_handler(
        classify, request_deserializer=messages.ClassifyRequest.FromString,
        response_serializer=messages.ClassifyResponse.SerializeToString)
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", LARGEST_MESSAGE)])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
        "fovea.v1.ClassificationService", {"Classify": method})])
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    print("serving", flush=True)
    await grader.run()


def main():
    with tempfile.TemporaryDirectory() as folder:
        messages = compile_protos(folder)
        asyncio.run(serve(int(sys.argv[1]), sys.argv[2], sys.argv[3], messages))


if __name__ == "__main__":
    main()
