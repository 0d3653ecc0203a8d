"""Serve images for a benchmark, 200 kB each after a delay of 20 ms.

`python -m bench.image_server` prints its `host:port` and runs until it is terminated.
"""

import asyncio
import random

DELAY = 0.02
SIZE = 200_000

# First bytes of a JPEG, followed by data that deflate cannot compress, as in a real image.
IMAGE = b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(SIZE - 4)  # noqa: S311 - no secret

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % SIZE + IMAGE


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            await asyncio.sleep(DELAY)
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Serve on a free port of 127.0.0.1."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
