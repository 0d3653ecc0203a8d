"""Rows that PostgreSQL sends by `COPY … TO STDOUT`, read from the socket without becoming values.

The messages are those of PostgreSQL's manual, "Message Formats", and the rows those of "COPY",
"Binary Format". pg8000 sends the statements and knows the errors. It does not read the rows: it
copies each four times, and reads a statement that copies letter by letter.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from struct import Struct
from typing import TypeVar

from pg8000.core import Context
from pg8000.dbapi import Error, InterfaceError

from openevent.adapters import database
from openevent.adapters.credentials import hung_up_is_interface_error
from openevent.adapters.driver import Connection

T = TypeVar("T")

# A field of a row: the bytes of its text, valid until the next batch; None for null.
Field = memoryview | None

# Bytes that are read at a time: enough that calls do not count, few enough for the caches.
BUFFER = 1 << 18

# Bytes of free buffer below which rows are handed out before more of them are read.
_ROOM = 1 << 14

# Seconds for the rows of one statement, and for a network that acknowledges nothing. The server
# counts the time in which it waits for the reader, so this is more than other statements have.
TIMEOUT = 120

# PostgreSQL 11 has no `tcp_user_timeout`.
_LIMITS = f"""
SELECT set_config('statement_timeout', '{TIMEOUT}s', false),
  CASE WHEN current_setting('tcp_user_timeout', true) IS NOT NULL
    THEN set_config('tcp_user_timeout', '{TIMEOUT}s', false) END"""

# A message: its kind, and its length without the kind.
_MESSAGE = Struct(">Bi")
_COPY_BEGINS, _COPY_DATA, _COPY_DONE, _COMMAND_COMPLETE, _READY = b"HdcCZ"

# What precedes the rows: signature, flags (none) and length of an extension (none).
_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)

# A row: the number of its fields, and each with its length before it; -1 for null. The number -1
# follows the last row.
_COUNT, _LENGTH, _ONE_FIELD = Struct(">h"), Struct(">i"), Struct(">hi")


class CopyOut:
    """Rows of several statements, which one message asks for; made by `copy_out`.

    The rows of each statement are read to their end before those of the next. `is_read`: whether
    all are. Methods raise the driver's errors.
    """

    def __init__(self, connection: Connection, selects: Sequence[str]) -> None:
        """Send the statements, each without parameters."""
        statement = "; ".join(f"COPY ({one}) TO STDOUT (FORMAT binary)" for one in selects)
        if not connection.has_copy_limits:
            database.run(connection, _LIMITS)
            connection.has_copy_limits = True
        with hung_up_is_interface_error():
            connection.send_QUERY(statement)
            connection._sock.flush()  # noqa: SLF001 - it has no method for it
        self._driver = connection
        self._context = Context("COPY")
        self._left = len(selects)
        self.is_read = False
        # The buffer has bytes that are not looked at yet from `_place` to `_stop`.
        self._view = memoryview(bytearray(BUFFER))
        self._place = self._stop = 0
        # Bytes of the next row that are not the row's, and whether the statement's rows have ended.
        self._header = 0
        self._has_ended = False

    def texts(self) -> Iterator[Sequence[memoryview]]:
        """Read the next statement's rows, each of one text that is not null, in batches.

        A batch is valid until the next is read.
        """
        return self._batches(_only_field)

    def rows(self) -> Iterator[Sequence[Sequence[Field]]]:
        """Read the next statement's rows, each of several texts, in batches as `texts` does."""
        return self._batches(_fields)

    def _batches(self, row_of: Callable[[memoryview], T]) -> Iterator[list[T]]:
        with hung_up_is_interface_error():
            self._has_ended = False
            while not self._has_ended:
                if rows := self._next(row_of):
                    yield rows

    def _next(self, row_of: Callable[[memoryview], T]) -> list[T]:
        """Return the rows until the buffer is full or the statement's rows have ended."""
        rows: list[T] = []
        self._take(rows, row_of)
        while not self._has_ended and self._has_room(has_rows=bool(rows)):
            self._receive()
            self._take(rows, row_of)
        return rows

    def _take(self, rows: list[T], row_of: Callable[[memoryview], T]) -> None:
        """Append the rows among the complete messages in the buffer."""
        view, place, stop = self._view, self._place, self._stop
        while not self._has_ended and stop - place >= _MESSAGE.size:
            kind, size = _MESSAGE.unpack_from(view, place)
            start, end = place + _MESSAGE.size, place + 1 + size
            if end > stop:
                break
            if kind != _COPY_DATA:
                self._note(kind, view[start:end])
            elif end - (start := start + self._header) > _COUNT.size:
                rows.append(row_of(view[start:end]))
                self._header = 0
            place = end
        self._place = place

    def _note(self, kind: int, data: memoryview) -> None:
        """Take a message that is no row."""
        if kind == _COPY_BEGINS:
            self._header = len(_HEADER)
        elif kind == _COMMAND_COMPLETE:
            self._left -= 1
            self._has_ended = self._left > 0
        elif kind != _COPY_DONE:
            self._driver.message_types[bytes([kind])](bytes(data), self._context)
        if kind == _READY:
            self._has_ended = self.is_read = True
            if self._context.error is not None:
                raise self._context.error

    def _receive(self) -> None:
        """Read what the server has sent; wait for it if it is nothing yet."""
        line = self._driver._sock  # noqa: SLF001 - it has no method to read into memory
        if not (received := line.readinto1(self._view[self._stop :])):
            raise InterfaceError("The database hung up")
        self._stop += received

    def _has_room(self, *, has_rows: bool) -> bool:
        """Return whether the buffer has room; without rows in it, make it."""
        if len(self._view) - self._stop >= _ROOM:
            return True
        if has_rows:
            return False
        rest = bytes(self._view[self._place : self._stop])
        if len(self._view) - len(rest) < _ROOM:
            self._view = memoryview(bytearray(2 * len(self._view)))
        self._view[: len(rest)] = rest
        self._place, self._stop = 0, len(rest)
        return True


@contextmanager
def copy_out(connection: Connection, selects: Sequence[str]) -> Iterator[CopyOut]:
    """Have the rows of statements without parameters sent, one after the other.

    The block does not use `connection` otherwise. If it ends before all rows are read, the
    connection is closed, as it cannot be used again.
    """
    copies = CopyOut(connection, selects)
    try:
        yield copies
    finally:
        if not copies.is_read:
            with suppress(Error, OSError):
                connection.close()


def _only_field(row: memoryview) -> memoryview:
    count, length = _ONE_FIELD.unpack_from(row)
    if count != 1 or length != len(row) - _ONE_FIELD.size:
        raise InterfaceError("a row that is not one text")
    return row[_ONE_FIELD.size :]


def _fields(row: memoryview) -> list[Field]:
    fields: list[Field] = []
    place = _COUNT.size
    for _ in range(_COUNT.unpack_from(row)[0]):
        (length,) = _LENGTH.unpack_from(row, place)
        place += _LENGTH.size
        fields.append(None if length < 0 else row[place : place + length])
        place += max(length, 0)
    return fields
