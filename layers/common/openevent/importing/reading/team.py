"""The team of the exported event, as people who could be invited. Pure."""

import re
from collections.abc import Iterable

from openevent.importing.reading.json_rows import Document
from openevent.importing.reading.notes import Notes
from openevent.importing.source import ProposedInvite, RemarkKind

# People of one event, and characters of an address (RFC 5321) and of a role.
_MOST = 1000
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_ROLE = re.compile(r"[a-z_-]{1,40}", re.ASCII)


def read_team(rows: Iterable[Document], notes: Notes) -> list[ProposedInvite]:
    """Return a proposed invite for each row with an address and a role, each once."""
    found: dict[ProposedInvite, None] = {}
    for row in rows:
        email, role = row.get("email"), row.get("role")
        if len(found) < _MOST and isinstance(email, str) and isinstance(role, str):
            email = email.strip()
            if email.isprintable() and _ADDRESS.fullmatch(email) and _ROLE.fullmatch(role):
                found[ProposedInvite(email, role)] = None
                continue
        detail = "It has no valid address and role, so no invite is proposed."
        notes.add(RemarkKind.SKIPPED, "invite-invalid", None, detail)
    return list(found)
