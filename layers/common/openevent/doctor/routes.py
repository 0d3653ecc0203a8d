"""Area: the routed paths, asked over the public address."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from openevent.doctor.answers import Answered, is_old_server, our_code, shows_hash
from openevent.doctor.asking import Ask, Asked, NotAnswered, send
from openevent.doctor.finding import Check, Result, fault, ok, warning
from openevent.doctor.opening import DatabaseOpening, NotReached

# Every path of the API, asked without a login: a function refuses each before it changes anything.
# An event and a task of these names exist nowhere; POST /role_invites/user needs no login, and
# refuses a body without a token.
ROUTES = (
    Asked("POST", "/v1/events/doctor/export/json", {}),
    Asked("GET", "/v1/events/doctor/export/ical"),
    Asked("GET", "/v1/events/doctor/export/xcal"),
    Asked("GET", "/v1/events/doctor/export/pentabarf"),
    Asked("POST", "/v1/events/doctor/export/sessions/csv", {}),
    Asked("POST", "/v1/events/doctor/export/speakers/csv", {}),
    Asked("GET", "/v1/tasks/doctor"),
    Asked("DELETE", "/v1/tasks/doctor"),
    Asked("GET", "/v1/events/doctor/exports"),
    Asked("GET", "/v1/events/doctor/exports/zip/doctor/doctor.zip"),
    # Pages: their refusals are HTML, but that of a method that they do not have has a code.
    Asked("PUT", "/v1/events/doctor/exports/page/doctor"),
    Asked("PUT", "/v1/events/doctor/exports/page/doctor/remove"),
    Asked("PUT", "/v1/role-invites/invitation"),
    Asked("POST", "/v1/events/doctor/copy", {}),
    Asked("POST", "/v1/events/import/json", {}),
    Asked("POST", "/v1/events/import", {}),
    Asked("POST", "/v1/events/import/doctor/invites", {}),
    Asked("GET", "/v1/events/doctor/role-invites"),
    Asked("POST", "/v1/role-invites", {}),
    Asked("GET", "/v1/events/doctor/schedule.ics"),
    Asked("GET", "/v1/events/doctor/schedule.xcs"),
    Asked("GET", "/v1/events/doctor/schedule.xml"),
    Asked("GET", "/v1/events/doctor/schedule.json"),
    Asked("GET", "/v1/role-invites/1"),
    Asked("PATCH", "/v1/role-invites/1", {}),
    Asked("DELETE", "/v1/role-invites/1"),
    Asked("POST", "/v1/role-invites/1/resend-invite", {}),
    Asked("GET", "/v1/role-invites/1/event"),
    Asked("GET", "/v1/role-invites/1/role"),
    Asked("GET", "/v1/role-invites/1/relationships/event"),
    Asked("GET", "/v1/role-invites/1/relationships/role"),
    Asked("POST", "/v1/role_invites/user", {"data": {}}),
    Asked("POST", "/v1/role_invites/accept-invite", {"data": {}}),
    Asked("POST", "/v1/role_invites/decline-invite", {"data": {}}),
)

# Spellings of the old server's invite routes: proxies compare paths in different ways, and the
# old server's framework decodes them and joins slashes.
DOORS = (
    Asked("GET", "/v1/role-invites/{id}"),
    Asked("GET", "/v1/role%2Dinvites/{id}"),
    Asked("GET", "/v1//role-invites/{id}"),
    Asked("POST", "/v1/role_invites/accept-invite", {"data": {"token": "doctor"}}),
    Asked("POST", "/v1/role%5Finvites/accept-invite", {"data": {"token": "doctor"}}),
)

# Code of API Gateway's own answer for a path that it does not know.
UNKNOWN_PATH = "not-found"

THREADS = 4

_ROUTE = (
    "Route it to the stack as in docs/deploy.md (Route the paths), before the old server's rules."
)
_CLOSE = (
    "Close the old server's invite routes at once, in all spellings and at every address of the "
    "server: docs/deploy.md (Route the paths) has the rules. GET /v1/role-invites/<id> of the old "
    "server shows the secret of each invite to anyone, and with it a stranger can join the team."
)


@dataclass(frozen=True)
class RoutesArea:
    """Whether each path leads to the functions, and whether the old server's invites are closed.

    `api_url`: the public address of the API. `server_url`: that of the Open Event server.
    """

    ask: Ask
    opening: DatabaseOpening
    api_url: str
    server_url: str

    name = "routes"

    def checks(self) -> Mapping[str, Check]:
        """Return the checks."""
        return {"paths": self._paths, "old invites": self._old_invites}

    def _paths(self) -> Iterator[Result]:
        answers = self._send_all(self.api_url, ROUTES)
        if all(answer is None for answer in answers):
            yield warning(
                f"{self.api_url} does not answer from the functions' network.",
                "Check ApiUrl. If the functions have no way to the web, ask a path yourself: curl "
                f"{self.api_url}/v1/tasks/doctor must answer with the code token-missing.",
            )
            return
        wrong = list[Result]()
        for asked, answer in zip(ROUTES, answers, strict=True):
            wrong += _misrouted(asked, answer)
        yield from wrong or [ok(f"All {len(ROUTES)} paths lead to the functions.")]

    def _old_invites(self) -> Iterator[Result]:
        number = str(self._newest_invite())
        doors = [Asked(door.method, door.path.format(id=number), door.body) for door in DOORS]
        closed = True
        for base in dict.fromkeys([self.api_url, self.server_url]):
            for door, answer in zip(doors, self._send_all(base, doors), strict=True):
                if answer is not None and shows_hash(answer):
                    yield fault(
                        f"DANGER: {door.method} {base}{door.path} shows the secret of an invite.",
                        _CLOSE,
                    )
                elif answer is not None and is_old_server(answer):
                    yield fault(
                        f"DANGER: the old server answers {door.method} {base}{door.path}.", _CLOSE
                    )
                else:
                    continue
                closed = False
        if closed:
            yield ok("The old server's invite routes are closed.")

    def _newest_invite(self) -> int:
        """Return the id of an invite that the old server would show, or 1."""
        try:
            with self.opening.session() as session:
                if not session.schema.has("role_invites"):
                    return 1
                [[newest]] = session.rows("SELECT max(id) FROM role_invites")
        except NotReached:
            return 1
        return newest or 1

    def _send_all(self, base: str, all_asked: Sequence[Asked]) -> list[Answered | None]:
        """Return the answers in the order of the requests; None for each that has no answer.

        If the first has none, the others are not sent: each would take as long.
        """
        first = self._send(base, all_asked[0])
        if first is None:
            return [None] * len(all_asked)
        with ThreadPoolExecutor(THREADS) as pool:
            return [first, *pool.map(lambda asked: self._send(base, asked), all_asked[1:])]

    def _send(self, base: str, asked: Asked) -> Answered | None:
        try:
            return send(self.ask, base, asked)
        except NotAnswered:
            return None


def _misrouted(asked: Asked, answer: Answered | None) -> Iterator[Result]:
    path = f"{asked.method} {asked.path}"
    if answer is None:
        yield fault(f"{path} gets no answer.", _ROUTE)
        return
    code = our_code(answer)
    if code == UNKNOWN_PATH:
        yield fault(
            f"{path} reaches API Gateway, which does not know the path.",
            "Pass the whole path on, with /v1 once: it is the API's stage.",
        )
    elif code is None and is_old_server(answer):
        yield fault(f"{path} goes to the old server.", _ROUTE)
    elif code is None:
        yield fault(f"{path} is answered with {answer.status} by something else.", _ROUTE)
