"""Google's own emulator of Pub/Sub, where this machine has it and Java.

It is a part of the Google Cloud CLI (``google-cloud-cli-pubsub-emulator``). The file is
found where Google's packages put it, beside a ``gcloud`` that is on the path, or by
``PUBSUB_EMULATOR_JAR``. State is in memory; there are no permissions and no schemas.
"""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import shutil
import socket
import subprocess
import time

import grpc  # type: ignore[import-untyped]

grpc.aio.init_grpc_aio()  # for the reason given in fake_pubsub

_INSTALLED = Path("/usr/lib/google-cloud-sdk")
_LIBRARY = Path("platform/pubsub-emulator/lib")
_PATTERN = "cloud-pubsub-emulator-*.jar"
_READY = "Server started"
_READY_WITHIN_S = 30

REPORTED = "pubsub"
"""Under this name a test says which Pub/Sub it ran against; the summary tells."""

GOOGLES = (REPORTED, "Google's emulator")
OURS = (REPORTED, "a server of our own")

# Taken now: during tests the test environment hands out another one.
_socket = socket.socket


def find_jar() -> Path | None:
    """Return the newest there is."""
    named = os.environ.get("PUBSUB_EMULATOR_JAR")
    if named:
        return Path(named)
    gcloud = shutil.which("gcloud")
    roots = [_INSTALLED, *([Path(gcloud).resolve().parents[1]] if gcloud else [])]
    jars = [jar for root in roots for jar in root.joinpath(_LIBRARY).glob(_PATTERN)]
    return max(jars, key=lambda jar: jar.name, default=None)


def why_not() -> str | None:
    """Return what is missing, if anything is."""
    if shutil.which("java") is None:
        return "no java"
    jar = find_jar()
    if jar is None:
        return "no Pub/Sub emulator: install it, or set PUBSUB_EMULATOR_JAR"
    return None if jar.is_file() else f"PUBSUB_EMULATOR_JAR: there is no {jar}"


@contextmanager
def running_emulator() -> Iterator[str]:
    """Run one, for as long as it is needed; yields its address. Says which one it is.

    Raises:
        RuntimeError: If there is none, or it does not start.
    """
    if reason := why_not():
        raise RuntimeError(reason)
    jar, port = find_jar(), _free_port()
    began = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - as Google's own script starts it
        [
            *("java", "-Xmx256m", "-jar", str(jar)),
            *("--host=127.0.0.1", f"--port={port}"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            _wait(process)
            took_s = time.monotonic() - began
            print(f"emulator: {jar}, port {port}, ready in {took_s:.1f} s")  # noqa: T201
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def _free_port() -> int:
    with _socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(process: subprocess.Popen[str]) -> None:
    """Read what it says until it says that it is ready; it says little afterwards."""
    assert process.stdout
    until = time.monotonic() + _READY_WITHIN_S
    said = []
    for line in process.stdout:
        said.append(line)
        if _READY in line:
            return
        if time.monotonic() > until:
            break
    raise RuntimeError("the emulator does not start: " + "".join(said)[-2000:])
