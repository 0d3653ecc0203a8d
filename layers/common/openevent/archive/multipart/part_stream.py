"""Stream of bytes that is uploaded as parts while it is written, its length not known beforehand.

Size and CRC-32 of a file from elsewhere are known when all of it has come, but its header is before
it. The part with the header is held back meanwhile; the parts after it are uploaded as they fill.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import BoundedSemaphore

from openevent.archive.multipart.zip_plan import MIB, MIN_PART

# Bytes of a full part.
PART = 8 * MIB

# Parts that are uploaded at a time. In memory are these, the part that is filled, and the part that
# may be held back.
AT_ONCE = 3


class PartStream:
    """Sink whose parts are uploaded by `put(number, body, is_boundary)`.

    A part ends when it is full, or, at a boundary that the writer names, when it is large enough
    for S3. The work can be resumed behind a boundary.
    """

    def __init__(
        self,
        put: Callable[[int, bytearray, bool], None],
        executor: Executor,
        *,
        number: int,
        offset: int,
        part: int = PART,
    ) -> None:
        """`number`: of the first part; `offset`: the archive's bytes before it.

        `part`: bytes of a full part.
        """
        self._put = put
        self._executor = executor
        self._part = part
        self._number = number
        self._offset = offset
        self._buffer = bytearray()
        self._places = BoundedSemaphore(AT_ONCE)
        self._futures: list[Future[None]] = []
        self._held: _Held | None = None

    @property
    def number(self) -> int:
        """Number of the part that is being filled."""
        return self._number

    @property
    def begun(self) -> bytes:
        """Bytes of that part so far."""
        return bytes(self._buffer)

    def write(self, data: bytes | bytearray, /) -> int:
        """Append `data`."""
        view = memoryview(data)
        while view:
            room = self._part - len(self._buffer)
            self._buffer += view[:room]
            view = view[room:]
            if len(self._buffer) >= self._part:
                self._cut(is_boundary=False)
        return len(data)

    def tell(self) -> int:
        """Return the number of the archive's bytes so far."""
        return self._offset + len(self._buffer)

    def boundary(self) -> None:
        """End the part if it is large enough, as a file has ended."""
        if len(self._buffer) >= MIN_PART:
            self._cut(is_boundary=True)

    def hold(self, length: int) -> int:
        """Leave room for a header of `length` bytes, until `fill_in` or `rewind`.

        Returns its offset in the archive.
        """
        if len(self._buffer) + length > self._part:
            self._cut(is_boundary=False)
        self._held = _Held(self._number, self._offset, len(self._buffer), length)
        offset = self.tell()
        self._buffer += bytes(length)
        return offset

    def fill_in(self, header: bytes) -> None:
        """Write the header that was left open. Raises `ValueError` for another length."""
        held = self._taken()
        if len(header) != held.length:
            raise ValueError(len(header))
        body = self._buffer if held.body is None else held.body
        body[held.start : held.start + held.length] = header
        if held.body is not None:
            self._upload(held.number, held.body, is_boundary=False)

    def rewind(self) -> None:
        """Drop what was written since `hold`."""
        held = self._taken()
        self._wait()
        self._buffer = (self._buffer if held.body is None else held.body)[: held.start]
        self._number, self._offset = held.number, held.offset

    def close(self) -> None:
        """Upload the last part, and wait until S3 has all parts."""
        if self._buffer:
            self._cut(is_boundary=False)
        self._wait()

    def _cut(self, *, is_boundary: bool) -> None:
        body, self._buffer = self._buffer, bytearray()
        number, self._number = self._number, self._number + 1
        self._offset += len(body)
        if self._held is not None and self._held.number == number:
            self._held.body = body
        else:
            self._upload(number, body, is_boundary=is_boundary)

    def _upload(self, number: int, body: bytearray, *, is_boundary: bool) -> None:
        self._raise_failures()
        self._places.acquire()
        future = self._executor.submit(self._put, number, body, is_boundary)
        future.add_done_callback(lambda _: self._places.release())
        self._futures.append(future)

    def _wait(self) -> None:
        for future in self._futures:
            future.result()
        self._futures.clear()

    def _raise_failures(self) -> None:
        running: list[Future[None]] = []
        for future in self._futures:
            if future.done():
                future.result()
            else:
                running.append(future)
        self._futures = running

    def _taken(self) -> "_Held":
        if self._held is None:
            raise ValueError("no header was left open")
        held, self._held = self._held, None
        return held


class _Held:
    """A header that is left open: the number of its part, its place there, and the full part."""

    def __init__(self, number: int, offset: int, start: int, length: int) -> None:
        self.number = number
        self.offset = offset
        self.start = start
        self.length = length
        self.body: bytearray | None = None
