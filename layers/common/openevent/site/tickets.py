"""Tickets of an event, as its pages show them. Pure."""

from openevent.programme.texts import line_of
from openevent.site.model import Ticket
from openevent.site.spelling import DASH, clock_text, local, price_text
from openevent.site.survey import Survey
from openevent.site.values import Values, amount, moment, number


def tickets_of(survey: Survey) -> list[Ticket]:
    """Return the tickets that are not hidden."""
    currency = line_of(survey.event.values.get("payment_currency"))
    found = sorted(
        (kept.values for kept in survey.rows.rows("tickets")),
        key=lambda values: (number(values.get("position")), number(values.get("id"))),
    )
    return [_ticket(row, currency, survey) for row in found if row.get("is_hidden") is not True]


def _ticket(values: Values, currency: str, survey: Survey) -> Ticket:
    shows_text = values.get("is_description_visible") is not False
    starts, ends = (
        moment(values.get("sales_starts_at")),
        moment(values.get("sales_ends_at")),
    )
    zone = survey.zone
    on_sale = [f"from {clock_text(starts, zone)}"] if starts else []
    on_sale += [f"until {clock_text(ends, zone)}"] if ends else []
    return Ticket(
        name=line_of(values.get("name")) or f"Ticket {number(values.get('id'))}",
        price=_price(values, currency),
        sale=f"On sale {' '.join(on_sale)}" if on_sale else "",
        description=line_of(values.get("description")) if shows_text else "",
        amount=amount(values.get("min_price" if _is_donation(values) else "price")),
        currency=currency,
        sale_starts=starts and local(starts, zone),
        sale_ends=ends and local(ends, zone),
    )


def _is_donation(values: Values) -> bool:
    return "donation" in line_of(values.get("type")).lower()


def _price(values: Values, currency: str) -> str:
    if _is_donation(values):
        least, most = amount(values.get("min_price")), amount(values.get("max_price"))
        if least and most:
            return f"{price_text(least)}{DASH}{price_text(most)} {currency}, as you choose".strip()
        return "As you choose"
    price = amount(values.get("price"))
    return f"{price_text(price)} {currency}".strip() if price else "Free"
