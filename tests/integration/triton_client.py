"""Asks a fovead with Triton's Python client, as its users do.

Usage: triton_client.py ADDRESS PHOTOGRAPH. The server has the model `dr` of the five grades, with a
crop of 32 pixels, and --model-control on. Ends with exit code 0 when everything was as it should be.
"""

import asyncio
import queue
import sys

import grpc
import numpy as np
import tritonclient.grpc as triton
import tritonclient.grpc.aio as triton_aio
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

ADDRESS, PHOTOGRAPH = sys.argv[1:]
FILE = open(PHOTOGRAPH, "rb").read()
TENSORS = np.random.default_rng(1).normal(size=(3, 3, 32, 32)).astype(np.float32)


def tensor_input(tensors):
    made = triton.InferInput("image", list(tensors.shape), "FP32")
    made.set_data_from_numpy(tensors)
    return made


def file_input(files):
    made = triton.InferInput("image", [len(files)], "BYTES")
    made.set_data_from_numpy(np.array(files, dtype=np.object_))
    return made


def check_server(client):
    assert client.is_server_live() and client.is_server_ready()
    metadata = client.get_server_metadata()
    assert metadata.name == "fovead", metadata
    assert "statistics" in metadata.extensions
    for name in ("dr", "dr-image"):
        assert client.is_model_ready(name) and client.is_model_ready(name, "1")


def check_metadata(client):
    metadata = client.get_model_metadata("dr")
    assert list(metadata.inputs[0].shape) == [-1, 3, 32, 32], metadata
    config = client.get_model_config("dr", as_json=True)["config"]
    # What Triton's example image_client asks of a model.
    assert len(config["input"]) == len(config["output"]) == 1
    assert config["input"][0]["format"] == "FORMAT_NCHW"
    assert config["output"][0]["data_type"] == "TYPE_FP32"
    assert config["max_batch_size"] >= 1
    assert config["dynamic_batching"]["priority_levels"] == "10"
    assert len(client.get_model_metadata("dr-image").outputs) == 9


def check_tensors(client):
    one = [client.infer("dr", [tensor_input(TENSORS[i : i + 1])]) for i in range(3)]
    together = client.infer(
        "dr", [tensor_input(TENSORS)], request_id="r-1", priority=1, timeout=60_000_000
    )
    answer = together.get_response()
    assert answer.id == "r-1" and answer.model_version == "1", answer
    probabilities = together.as_numpy("probabilities")
    assert probabilities.shape == (3, 5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    for row, single in zip(probabilities, one):
        np.testing.assert_allclose(row, single.as_numpy("probabilities")[0], atol=1e-5)
    wanted = [triton.InferRequestedOutput("probabilities", class_count=2)]
    classes = client.infer("dr", [tensor_input(TENSORS)], outputs=wanted).as_numpy("probabilities")
    assert classes.shape == (3, 2)
    for row, numbers in zip(classes, probabilities):
        value, index, name = row[0].decode().split(":")
        assert int(index) == numbers.argmax() and name == index
        assert abs(float(value) - numbers.max()) < 1e-4


def check_files(client):
    answer = client.infer("dr-image", [file_input([FILE, FILE])], request_id="r-2")
    assert answer.as_numpy("grade").dtype == np.int32
    assert answer.as_numpy("grade").shape == (2,)
    assert list(answer.as_numpy("quality")) == [b"", b""]
    probabilities = answer.as_numpy("probabilities")
    np.testing.assert_array_equal(probabilities[0].argmax(), answer.as_numpy("grade")[0])
    wanted = [triton.InferRequestedOutput("grade")]
    only = client.infer("dr-image", [file_input([FILE])], outputs=wanted)
    assert len(only.get_response().outputs) == 1
    anyway = client.infer("dr-image", [file_input([FILE])], parameters={"grade_anyway": True})
    assert anyway.as_numpy("grade")[0] >= 0


def check_errors(client):
    for ask, code in [
        (lambda: client.infer("none", [tensor_input(TENSORS)]), "NOT_FOUND"),
        (lambda: client.infer("dr", [tensor_input(TENSORS)], model_version="9"), "NOT_FOUND"),
        (lambda: client.infer("dr", [file_input([FILE])]), "INVALID_ARGUMENT"),
        (lambda: client.infer("dr-image", [file_input([b"GIF89a"])]), "INVALID_ARGUMENT"),
        (lambda: client.is_model_ready("none"), "NOT_FOUND"),
        (lambda: client.get_model_config("none"), "NOT_FOUND"),
        (lambda: client.get_system_shared_memory_status(), "UNIMPLEMENTED"),
    ]:
        try:
            ask()
        except triton.InferenceServerException as error:
            assert code in str(error.status()), error
        else:
            raise AssertionError(f"no error, expected {code}")


def check_statistics(client):
    stats = {s.name: s for s in client.get_inference_statistics().model_stats}
    assert stats["dr"].inference_count == 3 + 3 + 3
    assert stats["dr"].inference_stats.success.count == 5
    assert stats["dr-image"].inference_count == 4
    assert client.get_inference_statistics("dr", "1").model_stats[0].execution_count >= 5


def check_repository(client):
    states = {(m.name, m.version): m.state for m in client.get_model_repository_index().models}
    assert states == {("dr", "1"): "READY", ("dr-image", "1"): "READY"}, states
    client.unload_model("dr")
    assert not client.is_model_ready("dr")
    client.load_model("dr")
    assert client.is_model_ready("dr")


async def check_async():
    async with triton_aio.InferenceServerClient(ADDRESS) as client:
        answers = await asyncio.gather(
            *(client.infer("dr", [tensor_input(TENSORS)]) for _ in range(8))
        )
    for answer in answers:
        assert answer.as_numpy("probabilities").shape == (3, 5)


def check_callbacks(client):
    done = queue.Queue()
    client.async_infer(
        "dr", [tensor_input(TENSORS)], callback=lambda result, error: done.put((result, error))
    )
    result, error = done.get(timeout=60)
    assert error is None and result.as_numpy("probabilities").shape == (3, 5)


def check_reflection():
    with grpc.insecure_channel(ADDRESS) as channel:
        services = ProtoReflectionDescriptorDatabase(channel).get_services()
    assert "inference.GRPCInferenceService" in services, services


def main():
    with triton.InferenceServerClient(ADDRESS) as client:
        check_server(client)
        check_metadata(client)
        check_tensors(client)
        check_files(client)
        check_statistics(client)
        check_errors(client)
        check_callbacks(client)
        check_repository(client)
    asyncio.run(check_async())
    check_reflection()
    print("all as it should be")


main()
