"""Access control lists of objects, which S3 does not copy with an object.

Open Event stores each upload with the canned ACL `public-read`. In a bucket whose objects all
belong to its owner (`BucketOwnerEnforced`, the default since 2023) objects have no ACLs.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from openevent.adapters.storage.faults import Denied, storage_faults

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GrantTypeDef

_GROUPS = "http://acs.amazonaws.com/groups/global/"

# Canned ACLs that give one of these groups the right to read.
_CANNED = {"AllUsers": "public-read", "AuthenticatedUsers": "authenticated-read"}

# Arguments of boto3 for a permission on an object. S3 knows no permission to write an object.
_ARGUMENTS = {
    "FULL_CONTROL": "GrantFullControl",
    "READ": "GrantRead",
    "READ_ACP": "GrantReadACP",
    "WRITE_ACP": "GrantWriteACP",
}


class BucketAcls:
    """ACLs of the objects of one bucket.

    One instance serves a process: whether the bucket has ACLs is asked once.
    """

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        """Ask nothing yet."""
        self._s3 = s3
        self._bucket = bucket
        self._are_used: bool | None = None
        self._lock = Lock()

    def find_arguments(self, key: str) -> Mapping[str, str]:
        """Return the arguments, by boto3's names, that give a copy the ACL of the object `key`.

        Empty if the object has no ACL, or that of every new object. Raises `Missing`, `Denied`,
        `Unavailable`.
        """
        if not self._used():
            return {}
        with storage_faults():
            found = self._s3.get_object_acl(Bucket=self._bucket, Key=key)
        return to_arguments(found["Grants"], found["Owner"].get("ID"))

    def for_uploads(self) -> Mapping[str, str]:
        """Return the arguments, by boto3's names, that make a new object as Open Event makes it.

        Empty if the bucket has no ACLs. Raises `Denied`, `Unavailable`.
        """
        return {"ACL": "public-read"} if self._used() else {}

    def _used(self) -> bool:
        with self._lock:
            if self._are_used is None:
                self._are_used = self._ask()
            return self._are_used

    def _ask(self) -> bool:
        try:
            with storage_faults():
                found = self._s3.get_bucket_ownership_controls(Bucket=self._bucket)
        except Denied:
            # Then each object is asked for its ACL, which gives the same result.
            return True
        except Exception as fault:
            if _code(fault.__cause__) == "OwnershipControlsNotFoundError":
                return True
            raise
        rules = found["OwnershipControls"]["Rules"]
        return all(rule["ObjectOwnership"] != "BucketOwnerEnforced" for rule in rules)


def to_arguments(grants: Sequence["GrantTypeDef"], owner: str | None) -> dict[str, str]:
    """Return the arguments, by boto3's names, that give an object of `owner` these grants. Pure.

    Empty if only the owner has a grant, as with a new object.
    """
    grantees = defaultdict[str, list[str]](list)
    for grant in grants:
        grantee = grant["Grantee"]
        uri = grantee.get("URI")
        grantees[grant["Permission"]].append(
            f'uri="{uri}"' if uri else f'id="{grantee.get("ID", "")}"'
        )
    everyone = {name: sorted(all_) for name, all_ in grantees.items() if name in _ARGUMENTS}
    others = {
        name: rest
        for name, all_ in everyone.items()
        if (rest := [one for one in all_ if (name, one) != ("FULL_CONTROL", f'id="{owner}"')])
    }
    for group, canned in _CANNED.items():
        if others == {"READ": [f'uri="{_GROUPS}{group}"']}:
            return {"ACL": canned}
    if not others:
        return {}
    return {_ARGUMENTS[name]: ", ".join(all_) for name, all_ in everyone.items()}


def _code(error: BaseException | None) -> str | None:
    return error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
