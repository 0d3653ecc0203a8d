"""The errors a caller may be told about, each with a stable code.

    OpenEventError
    ├── BadRequest         the request cannot be read
    ├── Unauthenticated    nobody, or nobody we know, is calling
    ├── Forbidden          the caller has no right to it
    ├── NotFound           there is no such thing (or none the caller may know of)
    ├── MethodNotAllowed   there is such a thing, but it cannot do that
    ├── Conflict           the thing is in a state that does not allow it
    ├── Gone               there was such a thing
    ├── UnsupportedMedia   the request is in a format that is not spoken here
    ├── Invalid            the request can be read, but not accepted; names each problem
    ├── TooManyRequests    later
    └── Unavailable        something we depend on is away; nothing was done

How each becomes an HTTP answer is known to `openevent.edge.http` alone. `detail` is for a person
outside: it never holds a cause from inside; that goes into the log through `raise … from`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a request.

    `pointer` is a JSON pointer into the body (RFC 6901), `parameter` the name of a query parameter,
    `header` that of a header: one of them, or none.
    """

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None

    @property
    def source(self) -> dict[str, str]:
        """JSON:API's `source` object; empty when the problem has no place."""
        places = {"pointer": self.pointer, "parameter": self.parameter, "header": self.header}
        return {name: place for name, place in places.items() if place is not None}


class OpenEventError(Exception):
    """The root of all errors that a caller may be told about."""

    title: ClassVar[str]

    def __init__(self, code: str, detail: str, **place: str) -> None:
        """`code`: stable, kebab-case. `detail`: for a person. `place`: see `Problem`."""
        super().__init__(detail)
        self.problems: Sequence[Problem] = (Problem(code, detail, **place),)

    @property
    def code(self) -> str:
        """The code of the first problem."""
        return self.problems[0].code


class BadRequest(OpenEventError):
    """The request cannot be read."""

    title = "Bad Request"


class Unauthenticated(OpenEventError):
    """Nobody, or nobody we know, is calling."""

    title = "Unauthorized"


class Forbidden(OpenEventError):
    """The caller has no right to it."""

    title = "Access Forbidden"


class NotFound(OpenEventError):
    """There is no such thing, or none that the caller may know of."""

    title = "Object not found"


class MethodNotAllowed(OpenEventError):
    """There is such a thing, but it does not take this method."""

    title = "Method Not Allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        """`allowed`: the methods it does take."""
        super().__init__("method-not-allowed", f"Allowed here: {', '.join(allowed)}.")
        self.allowed = tuple(allowed)


class Conflict(OpenEventError):
    """The thing is in a state that does not allow it."""

    title = "Conflict"


class Gone(OpenEventError):
    """There was such a thing."""

    title = "Gone"


class UnsupportedMedia(OpenEventError):
    """The request is in a format that is not spoken here."""

    title = "Unsupported Media Type"


class Invalid(OpenEventError):
    """The request can be read, but not accepted."""

    title = "Unprocessable Entity"

    @classmethod
    def because(cls, problems: Sequence[Problem]) -> "Invalid":
        """An error that names all `problems` (at least one) at once."""
        error = cls(problems[0].code, problems[0].detail)
        error.problems = tuple(problems)
        return error


class TooManyRequests(OpenEventError):
    """Later."""

    title = "Too Many Requests"

    def __init__(self, code: str, detail: str, *, retry_after: int) -> None:
        """`retry_after`: whole seconds until another try can succeed."""
        super().__init__(code, detail)
        self.retry_after = retry_after


class Unavailable(OpenEventError):
    """Something we depend on is away; nothing was done, and a later try can succeed."""

    title = "Service Unavailable"
