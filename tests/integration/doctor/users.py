"""Users of the database with exactly the privileges that the functions need."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, text

from openevent.doctor.needs import grants

_numbers = count(1)


@contextmanager
def limited_user(connection: Connection) -> Iterator[str]:
    """The name of a user with what `grants` gives, and no other privileges."""
    name = f"functions_{next(_numbers)}"
    for statement in (f"CREATE ROLE {name} LOGIN PASSWORD 'right'", *grants(name)):
        connection.exec_driver_sql(statement)
    connection.commit()
    yield name
    connection.rollback()
    connection.exec_driver_sql(f"DROP OWNED BY {name}")
    connection.exec_driver_sql(f"DROP ROLE {name}")
    connection.commit()


@contextmanager
def asked_for_a_password(connection: Connection, user: str) -> Iterator[None]:
    """Let the server ask `user` for a password, as one on a network does."""
    file = Path(str(connection.exec_driver_sql("SHOW hba_file").scalar_one()))
    before = file.read_text()
    file.write_text(f"local all {user} scram-sha-256\n{before}")
    connection.exec_driver_sql("SELECT pg_reload_conf()")
    connection.commit()
    # The server reads the file when it gets to it: later than this connection's next statement.
    rules = text("SELECT count(*) FROM pg_hba_file_rules WHERE :user = ANY (user_name)")
    assert connection.execute(rules, {"user": user}).scalar_one() == 1
    connection.commit()
    yield
    file.write_text(before)
    connection.exec_driver_sql("SELECT pg_reload_conf()")
    connection.commit()
