"""Settings: what the operator sets, read and checked once."""

import pytest
from pydantic import ValidationError

from openevent.edge.settings import (
    ExportFailedSettings,
    ExportStartSettings,
    ExportStatusSettings,
    ExportWorkerSettings,
    Settings,
)

KINDS: list[type[Settings]] = [
    ExportStartSettings,
    ExportStatusSettings,
    ExportWorkerSettings,
    ExportFailedSettings,
]


def required(kind: type[Settings]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if field.is_required()]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for kind in KINDS:
        for name in kind.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("kind", KINDS)
def test_each_missing_variable_is_named(
    kind: type[Settings], environment: pytest.MonkeyPatch
) -> None:
    for name in required(kind):
        environment.setenv(name.upper(), "set")
    kind.load()
    for name in required(kind):
        with environment.context() as changed:
            changed.delenv(name.upper())
            with pytest.raises(ValidationError, match=name) as caught:
                kind.load()
        assert [error["loc"] for error in caught.value.errors()] == [(name,)]


def test_values_are_read_as_what_they_are(environment: pytest.MonkeyPatch) -> None:
    for name in required(ExportWorkerSettings):
        environment.setenv(name.upper(), "set")
    environment.setenv("MEDIA_BASE_URLS", " https://a.example/x , ,https://b.example ")
    environment.setenv("API_URL", "https://api.example.com/")
    environment.setenv("ARCHIVE_DAYS", "3")
    settings = ExportWorkerSettings.load()
    assert settings.media_base_urls == ("https://a.example/x", "https://b.example")
    assert settings.api_url == "https://api.example.com"
    assert settings.archive_days == 3
    assert settings.media_key_prefixes == ("events/{event_id}/", "events/{event_identifier}/")
    assert settings.media_trusted_hosts == ()


@pytest.mark.parametrize("value", ["0", "-1", "many", "", "1.5"])
def test_an_invalid_number(value: str, environment: pytest.MonkeyPatch) -> None:
    for name in required(ExportStartSettings):
        environment.setenv(name.upper(), "set")
    environment.setenv("EXPORT_STARTS_PER_HOUR", value)
    with pytest.raises(ValidationError, match="export_starts_per_hour"):
        ExportStartSettings.load()
