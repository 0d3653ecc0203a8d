"""Area: the versions of the template and the code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openevent import __version__
from openevent.doctor.finding import Check, Result, fault, ok


@dataclass(frozen=True)
class VersionsArea:
    """Whether template and code are of one release. `template`: the template's version."""

    template: str

    name = "versions"

    def checks(self) -> Mapping[str, Check]:
        """Return the check."""
        return {"template and code": self._versions}

    def _versions(self) -> Iterator[Result]:
        if self.template == __version__:
            yield ok(f"Template and code are version {__version__}.")
        else:
            yield fault(
                f"The template is version {self.template}, the code is version {__version__}.",
                "Check out one release, run make build, and deploy again.",
            )
