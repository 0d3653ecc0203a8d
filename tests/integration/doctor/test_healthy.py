"""Issue 11: a healthy installation, in which the doctor finds nothing to do."""

from tests.integration.doctor.installation import Installation


def test_a_healthy_installation_is_all_right(installation: Installation) -> None:
    answer = installation.examine()

    assert [f for f in answer["findings"] if f["state"] != "ok"] == []
    assert answer["healthy"] is True
