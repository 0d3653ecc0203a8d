"""The local cloud with a typical event (id 1), whose photos are in the media bucket."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.database import filled
from bench.typical import statements
from local import cloud, processes
from local.cloud import CloudOptions
from local.places import STATE, claimed
from local.sample.media.picture import Picture
from local.stack import Stack

PHOTOS = 100

# The cloud's directory.
_NAME = "bench"


@contextmanager
def typical_cloud() -> Iterator[Stack]:
    """Yield the running cloud; its user 1 owns the event."""
    options = {"ExportStartsPerHour": "1000", "ScheduleCheckSeconds": "1"}
    with filled(statements()) as database_url, claimed([_NAME]) as directory:
        stack = cloud.up(directory, CloudOptions(database_url, user_ids=[1], parameters=options))
        try:
            _add_photos(stack)
            yield stack
        finally:
            processes.stop(directory)


def photo_key(number: int) -> str:
    """Return the key of a speaker's photo, from 1 to `PHOTOS`."""
    return f"events/1/{number}.png"


def layer() -> Path:
    """Return the layer of the cloud that runs, with bytecode of its modules and templates."""
    [found] = STATE.glob(f"{_NAME}/build/layer-*/python")
    return found


def _add_photos(stack: Stack) -> None:
    photo = Picture(640, 640, [(240, 240, 240), (63, 81, 181)]).png()
    for number in range(1, PHOTOS + 1):
        stack.client("s3").put_object(
            Bucket=stack.media_bucket,
            Key=photo_key(number),
            Body=photo,
            ContentType="image/png",
        )
    connection = stack.connect()
    connection.cursor().execute(
        "UPDATE speaker SET photo_url = %s || '/events/1/' || id || '.png'", [stack.media_url]
    )
    connection.commit()
    connection.close()
