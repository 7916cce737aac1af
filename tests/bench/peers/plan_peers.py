"""The peers of plan_bench: `plan_peers.py CASE ARCHITECTURE THREADS`.

CASE is a safetensors file of the network's weights, and of `bench.inputs`, `bench.calibration` and
`bench.logits`. Reads questions a line and answers each with a number: `SIDE REPEATS` with
milliseconds an image, `SIDE difference` with the largest difference to `bench.logits`, as a share of
their largest magnitude.
"""

import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import openvino
import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "parity"))
import reference_resnet  # noqa: E402

CLASSES = 5


def export(weights, architecture, inputs, path):
    """Writes the network as ONNX, for batches like `inputs`."""
    network = reference_resnet.make(architecture, CLASSES)
    network.load_state_dict(weights)
    network.eval()
    torch.onnx.export(network, (inputs,), path, input_names=["x"], opset_version=17, dynamo=False)


def onnxruntime_side(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})[0]


def openvino_side(model, threads, **settings):
    """Processors with AMX get bfloat16 unless INFERENCE_PRECISION_HINT says otherwise."""
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads} | settings
    compiled = openvino.Core().compile_model(model, "CPU", settings)
    request = compiled.create_infer_request()
    return lambda x: request.infer({0: x}, share_inputs=True, share_outputs=True)[0]


def quantised(model, batches):
    """8-bit weights and activations, chosen after training with nncf's own defaults."""
    import nncf

    nncf.set_log_level("ERROR")
    return nncf.quantize(model, nncf.Dataset(batches), subset_size=len(batches))


def make_sides(case, architecture, threads, folder):
    inputs, calibration = case.pop("bench.inputs"), case.pop("bench.calibration")
    path = os.path.join(folder, "network.onnx")
    export(case, architecture, inputs, path)
    model = openvino.Core().read_model(path)
    batches = [x.repeat(len(inputs), 1, 1, 1).numpy() for x in calibration.split(1)]
    return {
        "onnxruntime-float32": onnxruntime_side(path, threads),
        "openvino-float32": openvino_side(model, threads, INFERENCE_PRECISION_HINT="f32"),
        "openvino-bfloat16": openvino_side(model, threads, INFERENCE_PRECISION_HINT="bf16"),
        "openvino-int8": openvino_side(quantised(model, batches), threads),
    }, np.ascontiguousarray(inputs.numpy())


def milliseconds(side, inputs, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        side(inputs)
    return 1000 * (time.perf_counter() - start) / (repeats * len(inputs))


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Whatever the libraries print does not belong to the answers.
    warnings.simplefilter("ignore")
    case = load_file(sys.argv[1])
    logits = case.pop("bench.logits").numpy()
    with tempfile.TemporaryDirectory() as folder:
        sides, inputs = make_sides(case, sys.argv[2], int(sys.argv[3]), folder)
    print(0, file=answers, flush=True)
    for line in sys.stdin:
        name, what = line.split()
        if what == "difference":
            answer = np.abs(sides[name](inputs) - logits).max() / np.abs(logits).max()
        else:
            answer = milliseconds(sides[name], inputs, int(what))
        print(answer, file=answers, flush=True)


if __name__ == "__main__":
    main()
