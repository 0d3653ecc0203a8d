"""The page of an error, for a person who opens an address in a browser. Pure."""

from openevent.edge.bodies import JSON, JSON_API
from openevent.pages.page import Page, render

_HTML = "text/html"


def prefers_page(accept: str | None) -> bool:
    """Return whether the sender of this header `Accept` wants HTML rather than JSON.

    Browsers name `text/html` when a person opens an address; clients of an API do not. Ranges such
    as `*/*` say nothing (RFC 9110, section 12.5.1).
    """
    weights = dict(_weight(choice) for choice in (accept or "").split(","))
    html = weights.get(_HTML, 0.0)
    return html > max(weights.get(name, 0.0) for name in (JSON, JSON_API))


def error_page(detail: str) -> Page:
    """Return the page that says `detail`: what happened and what to do, in sentences."""
    return render("refusal", {"heading": "This page cannot be shown", "detail": detail})


def _weight(choice: str) -> tuple[str, float]:
    """Return a media type of `Accept` and its weight; 0 if the weight cannot be read."""
    name, *parameters = (part.strip().lower() for part in choice.split(";"))
    weight = next((value for value in parameters if value.startswith("q=")), "q=1")
    try:
        return name, float(weight.removeprefix("q="))
    except ValueError:
        return name, 0.0
