"""How large media is, asked without fetching it."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from openevent.media.fetch import s3_faults
from openevent.media.places import Places
from openevent.media.skipped import Reason, Skipped
from openevent.media.web import Web

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)


@dataclass(frozen=True, slots=True)
class Scale:
    """Weighs the media of one event; files of more than `max_bytes` count as not to be had."""

    s3: "S3Client"
    web: Web
    places: Places
    max_bytes: int

    def weigh(self, address: str) -> int | None:
        """The medium's bytes; None where its server does not say. Raises `Skipped`."""
        place = self.places.locate(address)
        size = self._asked(place.address) if place.key is None else self._stored(place.key)
        if size is not None and size > self.max_bytes:
            raise Skipped(Reason.TOO_LARGE)
        if size == 0:
            raise Skipped(Reason.EMPTY)
        return size

    def weigh_all(
        self, addresses: Iterable[str], *, concurrency: int, until: float
    ) -> dict[str, int | Skipped | None]:
        """What `weigh` gives or raises for each of `addresses`, so many asked at once.

        Those that have not answered at the time `until`, of the clock `time.monotonic`, are not
        in it.
        """
        pool = ThreadPoolExecutor(concurrency, thread_name_prefix="scale")
        asked = {address: pool.submit(self._outcome, address) for address in addresses}
        done, _ = wait(asked.values(), timeout=max(0.0, until - time.monotonic()))
        # Whoever still waits for a server does so in vain.
        pool.shutdown(wait=False, cancel_futures=True)
        return {address: one.result() for address, one in asked.items() if one in done}

    def _outcome(self, address: str) -> int | Skipped | None:
        try:
            return self.weigh(address)
        except Skipped as skipped:
            return skipped
        except Exception:
            logger.exception("A medium could not be weighed")
            return Skipped(Reason.UNREACHABLE)

    def _stored(self, key: str) -> int:
        with s3_faults():
            return self.s3.head_object(Bucket=self.places.bucket.name, Key=key)["ContentLength"]

    def _asked(self, address: str) -> int | None:
        with self.web.get(address) as response:
            length = response.headers.get("Content-Length", "")
        return int(length) if length.isascii() and length.isdigit() else None
