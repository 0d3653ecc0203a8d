"""The operator's AWS account before the deployment: secrets, media, a verified mail address."""

import json
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from local.emulator import Access

MEDIA_BUCKET = "open-event-media"
ARTIFACTS_BUCKET = "open-event-artifacts"
SENDER = "noreply@open-event.example"


@dataclass(frozen=True)
class Account:
    """Resources that the template needs, and `access` to the account as its administrator."""

    access: Access
    jwt_secret: str
    jwt_secret_arn: str
    media_url: str

    def keep_media(self, key: str, body: bytes, content_type: str) -> None:
        """Put a file into the bucket of the server's uploads, readable by everyone, like those."""
        self.access.client("s3").put_object(
            Bucket=MEDIA_BUCKET, Key=key, Body=body, ContentType=content_type, ACL="public-read"
        )

    def keep_database(self, credentials: Mapping[str, str | int | None]) -> str:
        """Store the database's credentials as a secret and return its ARN."""
        return _keep_secret(self.access, "open-event/database", json.dumps(credentials))


def prepare(root: Access, jwt_secret: str | None = None) -> Account:
    """Fill an empty account. `jwt_secret`: SECRET_KEY of an existing server, None for a new one."""
    access = _administrator(root)
    jwt_secret = jwt_secret or secrets.token_urlsafe(48)
    s3 = access.client("s3")
    with ThreadPoolExecutor() as pool:
        others = [
            pool.submit(_make_media_bucket, access),
            pool.submit(s3.create_bucket, Bucket=ARTIFACTS_BUCKET),
            pool.submit(access.client("sesv2").create_email_identity, EmailIdentity=SENDER),
        ]
        arn = _keep_secret(access, "open-event/secret-key", jwt_secret)
        for other in others:
            other.result()
    return Account(access, jwt_secret, arn, f"{access.endpoint_url}/{MEDIA_BUCKET}")


def _make_media_bucket(access: Access) -> None:
    """Make a bucket with ACLs, which the Open Event server needs and new buckets do not have."""
    s3 = access.client("s3")
    s3.create_bucket(Bucket=MEDIA_BUCKET)
    s3.put_bucket_ownership_controls(
        Bucket=MEDIA_BUCKET,
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
    )
    s3.delete_public_access_block(Bucket=MEDIA_BUCKET)


def _administrator(root: Access) -> Access:
    # The emulator does not check signatures of its root user.
    iam = root.client("iam")
    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    iam.create_user(UserName="administrator")
    iam.put_user_policy(
        UserName="administrator", PolicyName="everything", PolicyDocument=json.dumps(everything)
    )
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    return replace(root, access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"])


def _keep_secret(access: Access, name: str, text: str) -> str:
    arn: str = access.client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"]
    return arn
