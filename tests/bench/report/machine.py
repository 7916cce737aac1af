"""What the figures were measured on."""

import os
import platform
from importlib import metadata


def processor():
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.machine()


def features():
    with open("/proc/cpuinfo") as lines:
        flags = next((line.split() for line in lines if line.startswith("flags")), [])
    wanted = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
    return ", ".join(flag for flag in wanted if flag in flags)


def describe():
    packages = ("torch", "onnxruntime", "openvino", "nncf", "pillow", "grpcio")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return (f"{processor()} ({features()}), {len(os.sched_getaffinity(0))} cores, "
            f"{platform.system()} {platform.release()}; {versions}. Threads: 2 a side unless told "
            f"otherwise. Load of the machine when this was written: {load}.\n")
