"""Addresses of the Open Event server that archives hold."""

from dataclasses import dataclass

from openevent.rights.events import Event


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where people reach the Open Event server and its web pages; without a slash at the end."""

    server: str
    frontend: str

    def page_of(self, event: Event) -> str:
        """Return the address of the event's public page."""
        return f"{self.frontend}/e/{event.identifier}"
