"""The state of the stage, kept, and put back before each case: rows, records, objects, messages.

To make a database from a template and to prepare a case again takes longer than most cases. So
the rows of all tables are kept in a schema of the same database, and what moto holds in memory.
"""

from collections.abc import Sequence
from copy import copy, deepcopy
from typing import Any

import pg8000.dbapi
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.ses.models import ses_backends
from moto.sqs.models import sqs_backends

from openevent.adapters import clients
from tests.aws import REGION
from tests.functions import EXPORTS, MEDIA, TABLES

# Connections of killed processes hold locks until the server has noticed; milliseconds to wait.
_DISCONNECT = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'
"""

# Without the triggers of foreign keys, in the transaction of this block.
_PUT_BACK = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('DELETE FROM public.%I', name);
        IF to_regclass(format('{schema}.%I', name)) IS NOT NULL THEN
            EXECUTE format('INSERT INTO public.%I SELECT * FROM {schema}.%I', name, name);
        END IF;
    END LOOP;
END $$
"""

_KEEP = """
DROP SCHEMA IF EXISTS {schema} CASCADE;
CREATE SCHEMA {schema};
DO $$
DECLARE name text; has_rows boolean;
BEGIN
    FOR name IN SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO has_rows;
        IF has_rows THEN
            EXECUTE format('CREATE TABLE {schema}.%I AS TABLE public.%I', name, name);
        END IF;
    END LOOP;
END $$
"""


class Saved:
    """Everything that there was when it was made. `connection`: autocommits."""

    def __init__(
        self, connection: pg8000.dbapi.Connection, name: str, queues: Sequence[str]
    ) -> None:
        """`name`: of the schema that the rows are kept in. `queues`: their addresses."""
        self._connection, self._schema = connection, f"saved_{name}"
        self._run(_KEEP.format(schema=self._schema))
        self._records = {name: deepcopy(_table(name).items) for name in TABLES.values()}
        self._objects = {
            bucket: {key: _bucket(bucket).keys[key] for key in _bucket(bucket).keys}
            for bucket in (EXPORTS, MEDIA)
        }
        self._bodies = {
            found.name: (found.value, found.metadata)
            for objects in self._objects.values()
            for found in objects.values()
        }
        self._uploads = {
            bucket: [(one, _parts(one)) for one in _bucket(bucket).multiparts.values()]
            for bucket in self._objects
        }
        self._messages = {
            url: [(one.body, one.group_id) for one in _visible(url)] for url in queues
        }
        self._mails = list(_sent_mails())

    def put_back(self) -> None:
        """Make everything what it was then. The messages of the queue are new ones."""
        self._run(_DISCONNECT)
        self._run(_PUT_BACK.format(schema=self._schema))
        for name, records in self._records.items():
            _table(name).items = deepcopy(records)
        for bucket, objects in self._objects.items():
            self._put_back_objects(bucket, objects)
        for url, messages in self._messages.items():
            empty(url)
            for body, group in messages:
                clients.sqs().send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
        _sent_mails()[:] = self._mails

    def _put_back_objects(self, bucket: str, objects: dict[str, Any]) -> None:
        now = _bucket(bucket)
        for upload in list(now.multiparts.values()):
            upload.dispose()
        now.multiparts = {kept.id: _upload(kept, parts) for kept, parts in self._uploads[bucket]}
        for key in set(now.keys) - set(objects):
            clients.s3().delete_object(Bucket=bucket, Key=key)
        for key, kept in objects.items():
            if now.keys.get(key) is not kept:
                value, metadata = self._bodies[key]
                clients.s3().put_object(
                    Bucket=bucket,
                    Key=key,
                    Body=value,
                    ContentType=metadata.get("Content-Type", ""),
                )
                objects[key] = now.keys[key]

    def _run(self, statement: str) -> None:
        self._connection.cursor().execute(statement)


def empty(queue_url: str) -> None:
    """Remove all messages of a queue. SQS purges one a minute alone."""
    _queue(queue_url)._messages.clear()
    _queue(queue_url)._pending_messages.clear()


def waiting(queue_url: str) -> int:
    """Return the number of messages in a queue that were not delivered."""
    return len(_visible(queue_url))


def _visible(url: str) -> list[Any]:
    return [message for message in _queue(url)._messages if message.visible]


def _table(name: str) -> Any:  # noqa: ANN401 - of moto
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[name]


def _bucket(name: str) -> Any:  # noqa: ANN401 - of moto
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[name]


def _parts(upload: Any) -> dict[int, bytes]:  # noqa: ANN401 - of moto
    return {number: part.value for number, part in upload.parts.items()}


def _upload(kept: Any, parts: dict[int, bytes]) -> Any:  # noqa: ANN401 - of moto
    """Return an upload like the one that was kept, with these parts."""
    upload = copy(kept)
    upload.parts, upload.partlist = {}, []
    for number, body in parts.items():
        upload.set_part(number, body)
    return upload


def _queue(url: str) -> Any:  # noqa: ANN401 - of moto
    return sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues[url.rpartition("/")[2]]


def _sent_mails() -> list[Any]:
    return ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
