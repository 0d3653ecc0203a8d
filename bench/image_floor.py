"""Fetch images without looking at them: `python -m bench.image_floor HOST COUNT`.

Measures the time for their bytes and delays alone: sockets that stay open, 32 at a time, and one
write to the disk for each image.
"""

import socket
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from bench.export_ours import CONCURRENCY
from bench.image_server import ANSWER, IMAGE
from bench.measure import report


def main(host: str, count: str) -> None:
    """Report the time for `count` images."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as archive, ThreadPoolExecutor(CONCURRENCY) as pool:
        shares = [range(first, int(count), CONCURRENCY) for first in range(CONCURRENCY)]
        for _ in pool.map(lambda share: _fetch(host, len(share), archive), shares):
            pass
    report(time.perf_counter() - started)


def _fetch(host: str, count: int, archive: IO[bytes]) -> None:
    name, port = host.split(":")
    buffer = memoryview(bytearray(len(ANSWER)))
    with socket.create_connection((name, int(port))) as server:
        for _ in range(count):
            server.sendall(f"GET /1.jpg HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            received = 0
            while received < len(ANSWER):
                received += server.recv_into(buffer[received:])
            archive.write(buffer[-len(IMAGE) :])


if __name__ == "__main__":
    main(*sys.argv[1:])
