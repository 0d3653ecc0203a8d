"""Area: the bucket of archives."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from openevent.adapters.storage import presign
from openevent.doctor.asking import Ask, NotAnswered
from openevent.doctor.causes import aws_code, describe
from openevent.doctor.finding import Check, Result, fault, ok, warning

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The doctor writes under this prefix only, and its role permits no other.
PREFIX = "doctor/"

# Prefix of the archives' keys.
ARCHIVES = "exports/"

# Seconds for which the address of the test object is valid.
SECONDS = 60

_DEPLOY = "Deploy the stack again: its template has these rules. Restore what was changed by hand."


@dataclass(frozen=True)
class ExportBucketArea:
    """The way of an archive: written, downloaded, removed, and expired.

    `origins`: origins of web pages that download archives. `days`: until an archive expires.
    """

    s3: "S3Client"
    ask: Ask
    bucket: str
    origins: Sequence[str]
    days: int

    name = "export bucket"

    def checks(self) -> Mapping[str, Check]:
        """Return the checks."""
        return {"archives": self._archives, "CORS": self._cors, "lifecycle": self._lifecycle}

    def _archives(self) -> Iterator[Result]:
        key, content = f"{PREFIX}{uuid4()}", uuid4().hex.encode()
        try:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        except ClientError as error:
            yield _not_written(error, self.bucket)
            return
        read = self._read(key, content)
        try:
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            yield fault(
                f"The object {key} could not be deleted: {describe(error)}.",
                "Delete it by hand, and look for a policy of the bucket that denies this.",
            )
        yield read or ok("An object was written, downloaded by a presigned address, and deleted.")

    def _read(self, key: str, content: bytes) -> Result | None:
        """Return what is wrong with the download of the object; None if it is right."""
        address = presign(self.s3, self.bucket, key, filename="doctor.txt", seconds=SECONDS)
        try:
            answer = self.ask("GET", address, None)
        except NotAnswered:
            return warning(
                "S3 does not answer to a presigned address from the functions' network.",
                "Download an archive yourself. If that fails too, check the bucket's policy.",
            )
        if (answer.status, answer.body) == (200, content):
            return None
        return fault(
            f"A presigned address is answered with {answer.status}.",
            "Look for a policy of the bucket, or of your organization, that denies s3:GetObject "
            "from outside.",
        )

    def _cors(self) -> Iterator[Result]:
        rules = self._or_none(
            "NoSuchCORSConfiguration",
            lambda: self.s3.get_bucket_cors(Bucket=self.bucket)["CORSRules"],
        )
        missing = [origin for origin in self.origins if not allows(rules or [], origin)]
        if missing:
            yield fault(
                f"The bucket's CORS rules do not allow GET from {', '.join(missing)}, so the web "
                "client cannot save archives.",
                _DEPLOY,
            )
        else:
            yield ok(f"Web pages of {', '.join(self.origins)} can download archives.")

    def _lifecycle(self) -> Iterator[Result]:
        rules = self._or_none(
            "NoSuchLifecycleConfiguration",
            lambda: self.s3.get_bucket_lifecycle_configuration(Bucket=self.bucket)["Rules"],
        )
        active = [rule for rule in rules or [] if rule["Status"] == "Enabled"]
        expiring = [
            rule["Expiration"].get("Days")
            for rule in active
            if "Expiration" in rule and ARCHIVES.startswith(_prefix(rule))
        ]
        if not expiring:
            yield fault("Archives never expire in the bucket.", _DEPLOY)
        elif self.days not in expiring:
            yield fault(
                f"Archives expire in the bucket after {expiring[0]} days, and ArchiveDays is "
                f"{self.days}.",
                _DEPLOY,
            )
        if not any("AbortIncompleteMultipartUpload" in rule for rule in active):
            yield fault("Unfinished uploads are never removed from the bucket.", _DEPLOY)
        elif self.days in expiring:
            yield ok(f"Archives expire after {self.days} days.")

    @staticmethod
    def _or_none(code: str, call: Callable[[], Sequence[Any]]) -> Sequence[Any] | None:
        """Return what `call` returns; None if AWS refuses it with `code`."""
        try:
            return call()
        except ClientError as error:
            if aws_code(error) == code:
                return None
            raise


def allows(rules: Sequence[Mapping[str, Any]], origin: str) -> bool:
    """Return whether one of the CORS `rules` allows GET from `origin`; `*` is any origin."""
    return any(
        "GET" in rule["AllowedMethods"]
        and any(_matches(one, origin) for one in rule["AllowedOrigins"])
        for rule in rules
    )


def _matches(allowed: str, origin: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, allowed.split("*"))), origin) is not None


def _prefix(rule: Mapping[str, Any]) -> str:
    filtered = rule.get("Filter", {})
    return str(
        rule.get("Prefix") or filtered.get("Prefix") or filtered.get("And", {}).get("Prefix") or ""
    )


def _not_written(error: ClientError, bucket: str) -> Result:
    if aws_code(error) == "NoSuchBucket":
        return fault(
            f"The bucket {bucket} does not exist.",
            "Deploy the stack again. If the bucket was deleted by hand, remove it from the stack "
            "first.",
        )
    return fault(
        f"The bucket cannot be written to: {describe(error)}.",
        "Look for a policy of the bucket, or of your organization, that denies s3:PutObject.",
    )
