"""Area: the clocks of the database and of S3, compared with that of the functions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from openevent.doctor.finding import Check, Result, fault, ok, warning
from openevent.doctor.opening import DatabaseOpening
from openevent.rights.identity import LEEWAY

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The most by which two clocks may differ: tokens of the server may begin that early.
MOST = timedelta(seconds=LEEWAY)


@dataclass(frozen=True)
class ClocksArea:
    """Clocks. `now`: returns the time of this function (UTC). `bucket`: any that can be asked."""

    opening: DatabaseOpening
    s3: "S3Client"
    bucket: str
    now: Callable[[], datetime]

    name = "clocks"

    def checks(self) -> Mapping[str, Check]:
        """Return the checks."""
        return {"database": self._database, "S3": self._s3}

    def _database(self) -> Iterator[Result]:
        with self.opening.session() as session:
            [[theirs]] = session.rows("SELECT clock_timestamp()")
            ours = self.now()
        yield _compared("the database", theirs - ours)

    def _s3(self) -> Iterator[Result]:
        answer = self.s3.head_bucket(Bucket=self.bucket)
        ours = self.now()
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        if date is None:
            yield warning("S3 does not say what time it is.", "Compare the clocks yourself.")
        else:
            yield _compared("S3", parsedate_to_datetime(date) - ours)


def _compared(whose: str, ahead: timedelta) -> Result:
    seconds = ahead.total_seconds()
    if abs(ahead) <= MOST:
        return ok(f"The clock of {whose} is right within {LEEWAY} s.")
    direction = "ahead of" if seconds > 0 else "behind"
    return fault(
        f"The clock of {whose} is {abs(seconds):.0f} s {direction} the functions' clock.",
        "Let the database's host set its clock by NTP. Until then, logins and invites expire too "
        "early or too late.",
    )
