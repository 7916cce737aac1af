"""Servers under load: fovead with models that it trained, and the peer in Python."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BIN = ROOT / "build/release/bin"
START_SECONDS = 60
STOP_SECONDS = 60


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A process that is stopped at the end of a `with`."""

    def __init__(self, command, log):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log,
                                        stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(STOP_SECONDS)
        self.log.close()

    @property
    def pid(self):
        return self.process.pid


class Fovead(Server):
    def __init__(self, work, *flags):
        self.port = free_port()
        self.target = f"127.0.0.1:{self.port}"
        self.started = time.monotonic()
        super().__init__([BIN / "fovead", "--data-dir", work / "data", "--listen", self.target,
                          "--metrics-listen", f"127.0.0.1:{free_port()}", *flags],
                         work / "fovead.log")

    def fovea(self, *words, check=True):
        environment = os.environ | {"FOVEA_SERVER": self.target}
        return subprocess.run([BIN / "fovea", *map(str, words)], env=environment, check=check,
                              capture_output=True, text=True)

    def wait(self):
        while self.fovea("--timeout", "2s", "server", "status", check=False).returncode:
            if self.process.poll() is not None or time.monotonic() - self.started > START_SECONDS:
                sys.exit(f"fovead did not start; see {self.log.name}")
            time.sleep(0.05)
        return self


class PythonServer(Server):
    def __init__(self, work, weights, architecture):
        port = free_port()
        self.target = f"127.0.0.1:{port}"
        super().__init__([sys.executable, ROOT / "tests/bench/peers/grpc_server.py", str(port),
                          weights, architecture], work / "python.log")

    def wait(self):
        if not self.process.stdout.readline():
            sys.exit(f"the Python server did not start; see {self.log.name}")
        return self
