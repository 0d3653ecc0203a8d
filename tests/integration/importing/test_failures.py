"""When anything fails, nothing is left: no row, no object, no half of either."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from openevent.adapters import commit as commit_module
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.errors import Unavailable
from openevent.importing.source import ArchiveRefused, MediaFile, SourceRow
from openevent.importing.writing.call import ImportCall
from openevent.importing.writing.written import Written
from openevent.making import leftovers
from openevent.making.intents import Answer, Intent, Making
from openevent.making.journal import Journal
from openevent.making.settle import Settlement, Settler
from tests.cutting import CuttingProxy, cutting_proxy
from tests.database import Server
from tests.factories.source import HandMadeArchive, archive, source_row
from tests.integration.copying.conftest import BUCKET
from tests.integration.importing.conftest import Importing


@pytest.fixture
def proxy(postgres: Server, tmp_path: Path) -> Iterator[CuttingProxy]:
    with cutting_proxy(postgres.directory, tmp_path) as proxy:
        yield proxy


@pytest.fixture
def through_proxy(importing: Importing, proxy: CuttingProxy) -> Importing:
    """Imports whose line to the database can be cut."""
    credentials = Credentials.from_url(importing.database_url)
    database = Database(lambda: replace(credentials, host=str(proxy.directory)))
    with database.transaction():
        pass
    importing.deps = replace(importing.deps, database=database)
    return importing


def some_archive() -> HandMadeArchive:
    """An archive with rows of five tables and three media files."""
    return archive(
        *(sponsor(number) for number in range(3)),
        source_row("tracks", 1, name="Web"),
        source_row("speaker", 1, name="Ada"),
        source_row("sessions", 1, title="T", track_id=1),
        source_row("speakers_sessions", speaker_id=1, session_id=1),
        media={f"{number}.png": b"png" for number in range(3)},
    )


def sponsor(number: int) -> SourceRow:
    return source_row("sponsors", number, name="S", media={"logo_url": MediaFile(f"{number}.png")})


def nothing_is_left(importing: Importing, kind: type[Exception] = Unavailable) -> Exception:
    """Let an import fail; what it raised."""
    order = importing.order(some_archive())
    rows = importing.snapshot()
    with pytest.raises(kind) as failed:
        importing.deps.write(importing.call(), order)
    assert importing.snapshot() == rows
    assert importing.media.keys() == set()
    assert importing.media.uploads() == 0
    return failed.value


def number_of_statements(importing: Importing, proxy: CuttingProxy) -> int:
    """The statements of an import that succeeds; its media files are removed."""
    order = importing.order(some_archive())
    proxy.arm(None)
    importing.deps.write(importing.call(), order)
    statements = proxy.statements
    for key in sorted(importing.media.keys()):
        importing.media.client.delete_object(Bucket=BUCKET, Key=key)
    return statements


def test_a_database_that_goes_at_a_statement_leaves_nothing(
    through_proxy: Importing, proxy: CuttingProxy
) -> None:
    statements = number_of_statements(through_proxy, proxy)
    shape = through_proxy.shape()
    through_proxy.shape = lambda: shape  # type: ignore[method-assign]
    for cut_at in range(1, statements):
        proxy.arm(cut_at)
        nothing_is_left(through_proxy)
        assert proxy.has_cut


def test_a_commit_that_was_never_heard_leaves_nothing(
    through_proxy: Importing, proxy: CuttingProxy
) -> None:
    statements = number_of_statements(through_proxy, proxy)
    shape = through_proxy.shape()
    through_proxy.shape = lambda: shape  # type: ignore[method-assign]
    proxy.arm(statements)
    nothing_is_left(through_proxy)
    assert proxy.has_cut
    proxy.arm(None)
    assert through_proxy.write(some_archive()).rows["sponsors"].written == 3


def test_a_commit_that_was_not_confirmed_is_an_event(
    through_proxy: Importing, proxy: CuttingProxy
) -> None:
    statements = number_of_statements(through_proxy, proxy)
    order = through_proxy.order(some_archive())
    proxy.arm(statements, is_done_first=True)
    written = through_proxy.deps.write(through_proxy.call(), order)
    assert proxy.has_cut
    assert len(through_proxy.rows("sponsors", written)) == 3
    assert len(through_proxy.media.keys()) == 3


@pytest.mark.parametrize("is_done_first", [True, False])
def test_a_database_that_goes_at_the_commit_is_asked_again_when_it_is_back(
    importing: Importing, through_proxy: Importing, proxy: CuttingProxy,
    monkeypatch: pytest.MonkeyPatch, *, is_done_first: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(commit_module, "OUTCOME_SECONDS", 0.5)
    counted = []
    monkeypatch.setattr(
        leftovers.metrics, "add_metric", lambda name, _, value: counted.append((name, value))
    )
    statements = number_of_statements(through_proxy, proxy)
    order, call = through_proxy.order(some_archive()), through_proxy.call()
    rows = importing.snapshot()
    proxy.arm(statements, is_done_first=is_done_first, stays_down=True)
    with pytest.raises(Unavailable) as failed:
        through_proxy.deps.write(call, order)
    assert failed.value.code == "import-outcome-unknown"
    assert counted == [("MediaLeftBehind", 3)]
    deps = through_proxy.deps
    database = Database(lambda: Credentials.from_url(importing.database_url))
    again = replace(deps, database=database)
    found = again.find(call)
    if is_done_first:
        assert found is not None
        assert len(importing.rows("sponsors", found)) == 3
        assert len(importing.media.keys()) == 3
    else:
        assert found is None
        assert importing.media.keys() == set()
        assert importing.snapshot() == rows
    assert list(deps.intents.older_than(-10)) == []


def test_a_row_that_is_refused_at_the_commit_leaves_nothing(importing: Importing) -> None:
    importing.run("CREATE TABLE one (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    importing.run("CREATE FUNCTION one() RETURNS trigger LANGUAGE plpgsql AS "
                  "$$ BEGIN INSERT INTO one VALUES (1); RETURN NEW; END $$")  # fmt: skip
    importing.run("CREATE TRIGGER one AFTER INSERT ON sponsors FOR EACH ROW EXECUTE FUNCTION one()")
    refused = nothing_is_left(importing.in_a_new_process(), ArchiveRefused)
    assert "one_id_key" in str(refused)


def test_ids_that_cannot_be_drawn_leave_nothing(importing: Importing) -> None:
    importing.run("ALTER SEQUENCE sponsors_id_seq MAXVALUE 2")
    refused = nothing_is_left(importing.in_a_new_process(), ArchiveRefused)
    assert "Nothing was imported" in str(refused)


def test_a_report_that_cannot_be_kept_ends_the_import(importing: Importing) -> None:
    def keep(_: Written) -> None:
        raise Unavailable("storage-unavailable", "The storage of files is not available.")

    order = importing.order(some_archive())
    rows = importing.snapshot()
    with pytest.raises(Unavailable):
        importing.deps.write(importing.call(), replace(order, keep=keep))
    assert importing.snapshot() == rows
    assert importing.media.keys() == set()


def test_a_deadline_leaves_nothing(importing: Importing) -> None:
    order = importing.order(some_archive(), seconds=0)
    rows = importing.snapshot()
    with pytest.raises(Unavailable) as failed:
        importing.deps.write(importing.call(), order)
    assert failed.value.code == "import-not-in-time"
    assert importing.snapshot() == rows
    assert importing.media.keys() == set()


# Killed


class Killed(BaseException):
    """The worker's process ends here: nothing after this runs in it."""


class DyingJournal(Journal):
    """A journal of a process that is killed, at one of its notes or after the commit."""

    dies_at = ""

    def announce(self, making: Making) -> None:
        super().announce(making)
        self._die("before the media" if making.transaction is None else "after the media")

    def note_answer(self, answer: Answer) -> None:
        super().note_answer(answer)
        self._die("before the commit")

    def finish(self) -> None:
        self._die("after the commit")

    def abandon(self) -> None:
        """A process that was killed abandons nothing."""

    def _die(self, at: str) -> None:
        if self.dies_at == at:
            raise Killed


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let imports be killed, where `DyingJournal.dies_at` says."""
    monkeypatch.setattr("openevent.importing.writing.write.Journal", DyingJournal)
    # A process that was killed cleans up nothing either.
    monkeypatch.setattr("openevent.making.ending.remove_all", lambda *_: False)


def import_killed(importing: Importing, at: str) -> ImportCall:
    """Import in an invocation that has 60 seconds, and is killed; the call."""
    call, order = importing.call(), importing.order(some_archive())
    DyingJournal.dies_at = at
    with pytest.raises(Killed):
        importing.deps.write(call, order)
    DyingJournal.dies_at = ""
    return call


def open_intents(importing: Importing) -> list[Intent]:
    return list(importing.deps.intents.older_than(-10))


@pytest.mark.usefixtures("killed")
def test_an_attempt_finds_the_event_whose_commit_was_never_recorded(importing: Importing) -> None:
    call = import_killed(importing, "after the commit")
    found = importing.deps.find(call)
    assert found is not None
    assert importing.event(found)["identifier"] == found.identifier
    assert found.rows["sponsors"].written == 3
    assert importing.deps.write(call, importing.order(some_archive())) == found
    assert len(importing.query("SELECT id FROM events")) == 1
    assert len(importing.media.keys()) == 3
    assert open_intents(importing) == []


@pytest.mark.usefixtures("killed")
@pytest.mark.parametrize("at", ["before the media", "after the media", "before the commit"])
def test_an_attempt_imports_once_the_killed_one_is_over(importing: Importing, at: str) -> None:
    call = import_killed(importing, at)
    with pytest.raises(Unavailable) as refused:
        importing.deps.find(call)
    assert refused.value.code == "import-in-progress"
    (intent,) = open_intents(importing)
    importing.deps.intents.release(intent)
    assert importing.deps.find(call) is None
    assert importing.media.keys() == set()
    written = importing.deps.write(call, importing.order(some_archive()))
    assert len(importing.query("SELECT id FROM events")) == 1
    made = importing.media.keys()
    assert len(made) == 3
    assert all(key.startswith(f"events/{written.event_id}/{written.identifier}/") for key in made)


@pytest.mark.usefixtures("killed")
@pytest.mark.parametrize(
    ("at", "settlement"),
    [
        ("before the media", Settlement.REMOVED),
        ("after the media", Settlement.REMOVED),
        ("before the commit", Settlement.REMOVED),
        ("after the commit", Settlement.FINISHED),
    ],
)
def test_the_sweeper_settles_a_killed_import(
    importing: Importing, at: str, settlement: Settlement
) -> None:
    import_killed(importing, at)
    (intent,) = open_intents(importing)
    deps = importing.deps
    settler = Settler(deps.database, deps.intents, deps.s3, BUCKET)
    if settlement is Settlement.REMOVED:
        # Not before nothing works on it any more.
        assert settler.settle(intent) is Settlement.WAITING
    later = replace(settler, clock=lambda: settler.clock() + 100)
    assert later.settle(intent) is settlement
    is_there = settlement is Settlement.FINISHED
    assert len(importing.query("SELECT id FROM events")) == is_there
    assert len(importing.media.keys()) == 3 * is_there
    assert open_intents(importing) == []
