"""Why a media file is not in an archive, for a person."""

import pytest

from openevent.media.skipped import TEXTS, Reason, Skip


def test_every_reason_has_words() -> None:
    assert TEXTS.keys() == set(Reason)
    assert all(TEXTS.values())
    assert len(set(TEXTS.values())) == len(TEXTS)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_said(reason: Reason) -> None:
    assert Skip(reason).text == TEXTS[reason]
    assert Skip(reason, "404").text == f"{TEXTS[reason]} (404)"
