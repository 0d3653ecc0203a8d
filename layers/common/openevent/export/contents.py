"""Contents of an export's archive, as the archive room asks for them."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import IO

from openevent.adapters.database import Database
from openevent.archive.progress import Report
from openevent.archive.writer import Archive, Summary
from openevent.export.addresses import Addresses
from openevent.export.build import Build, Result
from openevent.export.job import Job
from openevent.media.places import Places
from openevent.media.requested import MediaOutcome, RequestedMedia
from openevent.rights.events import Event


class ExportContents:
    """Data files and manifest of the archive of one job: implements `archive.contents.Contents`.

    `result` is known when they are finished. Raises what `Build` raises.
    """

    result: Result

    def __init__(
        self,
        job: Job,
        *,
        database: Database,
        addresses: Addresses,
        places: Callable[[Event], Places],
        report: Report,
    ) -> None:
        """`places` returns where the media of an event can be. `report`: as of `Build`."""
        self._job = job
        self._database = database
        self._addresses = addresses
        self._places = places
        self._report = report

    def read(self, archive: Archive) -> Places:
        """Read the event's rows; return where its media can be."""
        self._build = self._new_build(archive)
        self._event = self._build.read(self._database)
        places = self._places(self._event)
        self._build.note_bucket(places)
        return places

    def complete(self) -> None:
        """Write what was read and waits for no media."""
        self._build.complete()

    def save(self, to: IO[bytes]) -> None:
        """Write the event, and what was read of it and is not in the archive yet."""
        to.write(json.dumps(asdict(self._event)).encode() + b"\n")
        self._build.save(to)

    def restore(self, archive: Archive, saved: IO[bytes]) -> None:
        """Take over what another process saved."""
        self._build = self._new_build(archive)
        self._event = Event(**json.loads(saved.readline()))
        self._build.restore(saved)

    def requested(self) -> Sequence[RequestedMedia]:
        """Return the requested media files, in the order of `fill`."""
        return self._build.requested()

    def fill(self, outcomes: Iterable[MediaOutcome]) -> None:
        """Finish the data files with media, given an outcome for each requested file."""
        self._build.fill(outcomes)

    def finish(self) -> Summary:
        """Write the manifest, and end the archive."""
        self.result = self._build.finish(self._event)
        return self.result.summary

    def _new_build(self, archive: Archive) -> Build:
        return Build(archive, self._job, addresses=self._addresses, report=self._report)
