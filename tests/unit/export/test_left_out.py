"""Why a medium is not in an archive, for a person."""

import pytest

from openevent.export.media.left_out import TEXTS, LeftOut, Reason


def test_every_reason_has_words() -> None:
    assert TEXTS.keys() == set(Reason)
    assert all(TEXTS.values())
    assert len(set(TEXTS.values())) == len(TEXTS)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_said(reason: Reason) -> None:
    assert LeftOut(reason).text == TEXTS[reason]
    assert LeftOut(reason, "404").text == f"{TEXTS[reason]} (404)"
