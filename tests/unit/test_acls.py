"""Issue 11 §1: arguments that give a copy the ACL of its original."""

from typing import TYPE_CHECKING

import pytest

from openevent.adapters.storage.acls import to_arguments

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GrantTypeDef

ALL = "http://acs.amazonaws.com/groups/global/AllUsers"
LOGGED_IN = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"


def user(id_: str, permission: str) -> "GrantTypeDef":
    return {"Grantee": {"Type": "CanonicalUser", "ID": id_}, "Permission": permission}  # type: ignore[typeddict-item]


def group(uri: str, permission: str) -> "GrantTypeDef":
    return {"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}  # type: ignore[typeddict-item]


OWNER = user("owner", "FULL_CONTROL")


@pytest.mark.parametrize(
    ("grants", "arguments"),
    [
        ([OWNER], {}),
        ([OWNER, group(ALL, "READ")], {"ACL": "public-read"}),
        ([OWNER, group(LOGGED_IN, "READ")], {"ACL": "authenticated-read"}),
        # S3 knows no permission to write an object, and takes no argument for it.
        ([OWNER, group(ALL, "READ"), group(ALL, "WRITE")], {"ACL": "public-read"}),
        (
            [OWNER, group(ALL, "READ"), user("editor", "READ"), user("editor", "READ_ACP")],
            {
                "GrantFullControl": 'id="owner"',
                "GrantRead": f'id="editor", uri="{ALL}"',
                "GrantReadACP": 'id="editor"',
            },
        ),
        (
            [OWNER, user("bucket-owner", "FULL_CONTROL"), user("editor", "WRITE_ACP")],
            {
                "GrantFullControl": 'id="bucket-owner", id="owner"',
                "GrantWriteACP": 'id="editor"',
            },
        ),
    ],
)
def test_grants_as_arguments(grants: list["GrantTypeDef"], arguments: dict[str, str]) -> None:
    assert to_arguments(grants, "owner") == arguments
