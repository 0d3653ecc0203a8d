"""An export's page as HTML."""

from openevent.export.page.model import PageView
from openevent.pages.page import Page, render
from openevent.pages.policy import Needs


def page_of(view: PageView) -> Page:
    """Return the page of `view`; one that loads itself again has a script for it."""
    moves = view.refresh is not None
    needs = Needs(
        forms=view.question is not None,
        requests=moves,
        styles=("pages/export.css",),
        scripts=("pages/export.js",) if moves else (),
    )
    return render("export", {"view": view}, needs=needs)


def headers_of(view: PageView) -> dict[str, str]:
    """Return the headers of the page's answer. Browsers without scripts obey `Refresh`."""
    return {} if view.refresh is None else {"Refresh": str(view.refresh)}
