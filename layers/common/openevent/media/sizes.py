"""Sizes of media files, asked for without fetching them."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from openevent.media.deadline import Deadline
from openevent.media.hosts import Hosts
from openevent.media.places import Places
from openevent.media.skipped import Reason, Skip, Skipped
from openevent.media.survey import Elsewhere, find
from openevent.media.web import Web

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)


@dataclass(frozen=True, slots=True)
class Scale:
    """Weighs the media of one event; files of more than `max_bytes` are skipped."""

    s3: "S3Client"
    web: Web
    places: Places
    max_bytes: int

    def weigh(self, address: str, hosts: Hosts, deadline: Deadline) -> int | None:
        """Return the file's bytes; None if its server does not say. Raises `Skipped`.

        `hosts`: those that failed before. `deadline`: until when a server may answer.
        """
        found = find(self.s3, self.places, address)
        if isinstance(found, Elsewhere):
            size = self._asked(found.address, hosts, deadline)
        else:
            size = found.object.size
        if size is not None and size > self.max_bytes:
            raise Skipped(Reason.TOO_LARGE)
        if size == 0:
            raise Skipped(Reason.EMPTY)
        return size

    def weigh_all(
        self, addresses: Iterable[str], *, concurrency: int, deadline: Deadline
    ) -> dict[str, int | Skip | None]:
        """Give what `weigh` returns or raises for each of `addresses`, `concurrency` at a time.

        Those that have not answered by the `deadline` are not in it.
        """
        hosts = Hosts()
        pool = ThreadPoolExecutor(concurrency, thread_name_prefix="scale")
        asked = {
            address: pool.submit(self._outcome, address, hosts, deadline) for address in addresses
        }
        done, _ = wait(asked.values(), timeout=max(0.0, deadline.left))
        # What still waits for a server waits in vain, and is cut off.
        pool.shutdown(wait=False, cancel_futures=True)
        found = {address: one.result() for address, one in asked.items() if one in done}
        return {address: one for address, one in found.items() if not _is_late(one)}

    def _outcome(self, address: str, hosts: Hosts, deadline: Deadline) -> int | Skip | None:
        if deadline.is_over():
            return Skip(Reason.TIMED_OUT)
        try:
            return self.weigh(address, hosts, deadline)
        except Skipped as skipped:
            return Skip(Reason.TIMED_OUT) if deadline.is_over() else skipped.skip
        except Exception:
            logger.exception("A media file could not be weighed")
            return Skip(Reason.UNREACHABLE)

    def _asked(self, address: str, hosts: Hosts, deadline: Deadline) -> int | None:
        with hosts.asked(address), self.web.get(address, hosts, deadline) as answer:
            return answer.length


def _is_late(found: int | Skip | None) -> bool:
    return isinstance(found, Skip) and found.reason is Reason.TIMED_OUT
