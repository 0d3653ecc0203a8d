"""Copy an event with plain ORM code: `python -m bench.copy_plain DATABASE_URL`.

Each object is loaded, expunged, made transient, given the new event and no id, added and committed:
the design of the Open Event server, without its defects.
"""

import sys
import time
from typing import Any

from sqlalchemy import MetaData, create_engine
from sqlalchemy.orm import Query, Session, make_transient, registry

from bench.measure import report
from openevent.adapters.credentials import Credentials
from openevent.making.names import new_identifier

CHILDREN = ("tickets", "sponsors", "tracks", "microlocations")


def main(database_url: str) -> None:
    """Copy event 1 with its children and report the time."""
    engine = create_engine(
        "postgresql+pg8000://", creator=Credentials.from_url(database_url).connect
    )
    metadata = MetaData()
    metadata.reflect(engine, only=["events", *CHILDREN])
    models = {name: type(name, (), {}) for name in ("events", *CHILDREN)}
    for name, model in models.items():
        registry().map_imperatively(model, metadata.tables[name])
    started = time.perf_counter()
    with Session(engine) as session:
        event: Any = session.get_one(models["events"], 1)
        _renew(session, event, identifier=new_identifier())
        new_id = event.id
        for name in CHILDREN:
            of_the_event = metadata.tables[name].c.event_id == 1
            children: Query[object] = session.query(models[name]).filter(of_the_event)
            for child in children.all():
                _renew(session, child, event_id=new_id)
    report(time.perf_counter() - started)


def _renew(session: Session, row: object, **values: object) -> None:
    """Insert a loaded row as a new row with other `values`."""
    session.refresh(row)  # a commit expires loaded attributes
    session.expunge(row)
    make_transient(row)
    for name, value in {"id": None, **values}.items():
        setattr(row, name, value)
    session.add(row)
    session.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
