"""A server of images for a benchmark: each answer takes 20 ms and has 200 KB.

`python -m bench.image_server` prints its `host:port` and serves until it is ended.
"""

import asyncio
import random

DELAY = 0.02
SIZE = 200_000

# A JPEG's first bytes, and then what deflate can do nothing with, as in a real one.
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
    """Serve on a free port of this machine."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
