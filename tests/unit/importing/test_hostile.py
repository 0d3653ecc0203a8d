"""Hostile archives are refused, or read without what is harmful, and the report says so."""

import pytest

from openevent.catalogue.table import MediaKind
from openevent.importing.source import ArchiveRefused, MediaFile, MediaRefused
from tests.unit.importing.archives import read
from tests.unit.importing.hostile import LIMITS, MEDIA, NEUTRALIZED, REFUSED


def test_there_are_many_of_them() -> None:
    assert len(REFUSED) + len(NEUTRALIZED) + len(MEDIA) >= 60


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    make, code = REFUSED[name]

    with pytest.raises(ArchiveRefused) as refused:
        read(make(), LIMITS)

    assert refused.value.code == code
    assert refused.value.detail.endswith(".")
    assert refused.value.detail.isprintable()


@pytest.mark.parametrize("name", NEUTRALIZED)
def test_it_is_read_without_what_is_harmful(name: str) -> None:
    make, code = NEUTRALIZED[name]

    log = read(make(), LIMITS).log

    found = [remark for remark in log.remarks if remark.code == code]
    assert found
    assert all(remark.detail.isprintable() for remark in found)


@pytest.mark.parametrize("name", MEDIA)
def test_its_media_is_refused(name: str) -> None:
    make, code = MEDIA[name]
    logo = read(make(), LIMITS)

    file = logo.event.media["logo_url"]
    assert isinstance(file, MediaFile)
    with (
        pytest.raises(MediaRefused) as refused,
        logo.archive.open_media(file, MediaKind.IMAGE) as opened,
    ):
        opened.read()

    assert refused.value.code == code
