"""Serve images for a benchmark, 200 kB each after a delay.

`python -m bench.image_server SECONDS` prints its `host:port` and runs until it is terminated.
"""

import asyncio
import random
import sys

SIZE = 200_000

# First bytes of a JPEG, followed by data that deflate cannot compress, as in a real image.
IMAGE = b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(SIZE - 4)  # noqa: S311 - no secret

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % SIZE + IMAGE


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            if delay:
                await asyncio.sleep(delay)
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(delay: float) -> None:
    """Serve on a free port of 127.0.0.1, each image after `delay` seconds."""
    server = await asyncio.start_server(
        lambda reader, writer: _serve(reader, writer, delay), "127.0.0.1", 0
    )
    host, port = server.sockets[0].getsockname()
    print(f"{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
