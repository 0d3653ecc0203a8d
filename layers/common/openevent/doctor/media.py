"""Area: the media bucket, and where the addresses of real rows lead."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from openevent.adapters.storage import Denied, MediaBucket, Missing, find_object
from openevent.doctor.causes import aws_code, describe
from openevent.doctor.finding import Check, Result, fault, ok, warning
from openevent.doctor.media_sample import Sampled, sample
from openevent.doctor.opening import DatabaseOpening
from openevent.media.places import Places
from openevent.media.skipped import Reason, Skipped

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Objects that are asked for.
MAX_OBJECTS = 20

_PARAMETERS = (
    "Compare MediaBucketName and MediaBaseUrls with the addresses in the columns of the database, "
    "for example events.logo_url."
)
_PREFIXES = "Add the prefixes of public uploads to MediaPublicPrefixes. Not read are"


@dataclass(frozen=True)
class MediaArea:
    """The bucket, its ACL mode, the places of addresses, and the objects behind some of them."""

    s3: "S3Client"
    opening: DatabaseOpening
    bucket: MediaBucket
    root_url: str

    name = "media"

    def checks(self) -> Mapping[str, Check]:
        """Return the checks."""
        return {
            "bucket": self._bucket,
            "ACLs": self._acls,
            "addresses": self._addresses,
            "objects": self._objects,
        }

    def _bucket(self) -> Iterator[Result]:
        try:
            self.s3.head_bucket(Bucket=self.bucket.name)
        except ClientError as error:
            yield _no_bucket(error, self.bucket.name)
        else:
            yield ok(f"The bucket {self.bucket.name} can be read.")

    def _acls(self) -> Iterator[Result]:
        owner, public = self._ownership(), self._blocks_public_acls()
        if owner == "BucketOwnerEnforced":
            yield ok("ACLs are turned off. The bucket's policy decides who reads images.")
        elif public:
            yield warning(
                "ACLs are turned on, but public ACLs are blocked, so the server's uploads with the "
                "ACL public-read are refused.",
                "Unblock public ACLs for this bucket, or turn ACLs off and give images a public "
                "address by a bucket policy or a CDN.",
            )
        else:
            yield ok("ACLs are turned on. A copied image gets the ACL of its original.")

    def _addresses(self) -> Iterator[Result]:
        sampled = self._sample()
        counts = Counter(self._place(one)[0] for one in sampled)
        found = (
            f"Of {len(sampled)} addresses, {counts['bucket']} lead to the bucket, "
            f"{counts['elsewhere']} elsewhere, {counts['unread']} to prefixes that are not read, "
            f"{counts['nowhere']} nowhere."
        )
        if not sampled:
            yield ok("No row has the address of a media file yet.")
        elif not counts["bucket"] and not counts["unread"]:
            yield fault(found, f"{_PARAMETERS} Most addresses lead to {self._hosts(sampled)}.")
        elif not counts["bucket"]:
            yield fault(found, f"{_PREFIXES} {self._unread(sampled)}.")
        elif counts["unread"] > counts["bucket"]:
            yield warning(found, f"{_PREFIXES} {self._unread(sampled)}.")
        else:
            yield ok(found)

    def _objects(self) -> Iterator[Result]:
        placed = (self._place(one)[1] for one in self._sample())
        keys = list(dict.fromkeys(key for key in placed if key is not None))[:MAX_OBJECTS]
        counts = Counter(self._state_of(key) for key in keys)
        found = (
            f"Of {len(keys)} objects, {counts['found']} were found, {counts['missing']} are "
            f"missing, {counts['denied']} are denied."
        )
        if counts["denied"]:
            yield fault(
                found,
                "Let the bucket's policy permit s3:GetObject to the functions' roles. If a KMS "
                "key of your own encrypts it, set MediaKmsKeyArn.",
            )
        elif counts["missing"] > counts["found"]:
            yield fault(
                found,
                "Check that MediaBucketName is the bucket that the server uses now, and that its "
                "objects were moved there.",
            )
        elif counts["missing"]:
            yield warning(found, "Exports skip missing files, and the manifest names them.")
        else:
            yield ok(found)

    def _sample(self) -> list[Sampled]:
        with self.opening.session() as session:
            return sample(session)

    def _place(self, sampled: Sampled) -> tuple[str, str | None]:
        """Return where an address leads to, and its key if it is one that is read."""
        places = Places.of_event(self.bucket, sampled.event, self.root_url)
        try:
            place = places.locate(sampled.address)
        except Skipped as skipped:
            return ("unread" if skipped.reason is Reason.FORBIDDEN_KEY else "nowhere"), None
        return ("elsewhere" if place.key is None else "bucket"), place.key

    def _unread(self, sampled: Sequence[Sampled]) -> str:
        """Return the beginnings of the keys that are not read, the most frequent first."""
        unread = [one for one in sampled if self._place(one)[0] == "unread"]
        keys = [self.bucket.key_of(one.address) or urlsplit(one.address).path for one in unread]
        folders = Counter("/".join(key.strip("/").split("/")[:2]) for key in keys)
        return ", ".join(f"{folder}/" for folder, _ in folders.most_common(3))

    def _hosts(self, sampled: Sequence[Sampled]) -> str:
        """Return the hosts of the addresses outside the bucket, the most frequent first."""
        outside = [one.address for one in sampled if self._place(one)[0] == "elsewhere"]
        hosts = Counter(urlsplit(address).netloc or "the server itself" for address in outside)
        return ", ".join(host for host, _ in hosts.most_common(3)) or "no host"

    def _state_of(self, key: str) -> str:
        try:
            find_object(self.s3, self.bucket.name, key)
        except Missing:
            return "missing"
        except Denied:
            return "denied"
        return "found"

    def _ownership(self) -> str | None:
        try:
            answer = self.s3.get_bucket_ownership_controls(Bucket=self.bucket.name)
        except ClientError as error:
            if aws_code(error) == "OwnershipControlsNotFoundError":
                return None
            raise
        return str(answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"])

    def _blocks_public_acls(self) -> bool:
        try:
            answer = self.s3.get_public_access_block(Bucket=self.bucket.name)
        except ClientError as error:
            if aws_code(error) == "NoSuchPublicAccessBlockConfiguration":
                return False
            raise
        return bool(answer["PublicAccessBlockConfiguration"].get("BlockPublicAcls"))


def _no_bucket(error: ClientError, name: str) -> Result:
    code = aws_code(error)
    if code in {"404", "NoSuchBucket"}:
        return fault(f"There is no bucket {name}.", "Correct MediaBucketName, and deploy again.")
    if code in {"403", "AccessDenied"}:
        return fault(
            f"The role may not list the bucket {name}.",
            "If the bucket belongs to another account, its policy must permit s3:ListBucket and "
            "s3:GetObject to the functions' roles. Otherwise correct MediaBucketName.",
        )
    if code in {"301", "PermanentRedirect"}:
        return fault(
            f"The bucket {name} is in another region.",
            "Deploy the stack in the region of the bucket.",
        )
    return fault(
        f"The bucket {name} cannot be read: {describe(error)}.",
        "If the functions are in a VPC, give it a gateway endpoint for S3.",
    )
