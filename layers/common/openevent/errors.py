"""The errors that a caller gets, each with a stable code.

    OpenEventError
    ├── BadRequest         the request cannot be read
    ├── Unauthenticated    no valid access token
    ├── Forbidden          the caller has no right to the action
    ├── NotFound           not found, or hidden from the caller
    ├── MethodNotAllowed   the path exists, but not with this method
    ├── Conflict           the current state does not allow the action
    ├── Gone               removed or expired
    ├── TooLarge           the body is larger than the route accepts
    ├── UnsupportedMedia   the content type is not JSON
    ├── Invalid            the request can be read, but not accepted; describes each problem
    ├── TooManyRequests    a limit is reached
    └── Unavailable        a service is temporarily unavailable; nothing was done

`openevent.edge.http` alone turns them into HTTP answers. `detail` is for a person outside: it never
holds a cause from inside, which goes into the log through `raise … from`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

# Problems that one error describes; the others are counted.
MAX_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a request.

    `pointer` is a JSON pointer into the body (RFC 6901), `parameter` the name of a query parameter,
    `header` the name of a header. At most one of them is set.
    """

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None

    @property
    def source(self) -> dict[str, str]:
        """Return JSON:API's `source` object; empty if the problem has no place."""
        places = {"pointer": self.pointer, "parameter": self.parameter, "header": self.header}
        return {name: place for name, place in places.items() if place is not None}


class OpenEventError(Exception):
    """Root of all errors that a caller gets.

    `problems` are the first `MAX_PROBLEMS`, `unlisted` is the number of the others.
    """

    title: ClassVar[str]

    def __init__(self, code: str, detail: str, **place: str) -> None:
        """`code`: stable, kebab-case. `detail`: for a person. `place`: see `Problem`."""
        super().__init__(detail)
        self.problems: Sequence[Problem] = (Problem(code, detail, **place),)
        self.unlisted = 0

    @property
    def code(self) -> str:
        """Return the code of the first problem."""
        return self.problems[0].code


class BadRequest(OpenEventError):
    """The request cannot be read."""

    title = "Bad Request"


class Unauthenticated(OpenEventError):
    """No valid access token."""

    title = "Unauthorized"


class Forbidden(OpenEventError):
    """The caller has no right to the action."""

    title = "Access Forbidden"


class NotFound(OpenEventError):
    """Not found, or hidden from the caller."""

    title = "Object not found"


class MethodNotAllowed(OpenEventError):
    """The path exists, but not with this method."""

    title = "Method Not Allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        """`allowed`: the methods that the path accepts."""
        methods = ", ".join(allowed)
        super().__init__("method-not-allowed", f"This address accepts the methods {methods} only.")
        self.allowed = tuple(allowed)


class Conflict(OpenEventError):
    """The current state does not allow the action."""

    title = "Conflict"


class Gone(OpenEventError):
    """Removed or expired."""

    title = "Gone"


class TooLarge(OpenEventError):
    """The body is larger than the route accepts."""

    title = "Content Too Large"


class UnsupportedMedia(OpenEventError):
    """The content type is not JSON."""

    title = "Unsupported Media Type"


class Invalid(OpenEventError):
    """The request can be read, but not accepted."""

    title = "Unprocessable Entity"

    @classmethod
    def because(cls, problems: Sequence[Problem]) -> "Invalid":
        """Return an error that describes `problems` (at least one)."""
        error = cls(problems[0].code, problems[0].detail)
        error.problems = tuple(problems[:MAX_PROBLEMS])
        error.unlisted = len(problems) - len(error.problems)
        return error


class TooManyRequests(OpenEventError):
    """A limit is reached."""

    title = "Too Many Requests"

    def __init__(self, code: str, detail: str, *, retry_after: int) -> None:
        """`retry_after`: whole seconds until the next attempt can succeed."""
        super().__init__(code, detail)
        self.retry_after = retry_after


class Unavailable(OpenEventError):
    """A service is temporarily unavailable; nothing was done, and a later attempt can succeed."""

    title = "Service Unavailable"
