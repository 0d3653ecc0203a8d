"""Benchmark `click_to_archive`: from the POST of an export to SUCCESS, on the local cloud.

The event is a typical one with photos. `cold`: all functions start for it, as after a pause; the
emulator starts a new process for a function whose configuration has changed. `floor`: a plain
client gets the same photos from the emulator, and puts their bytes as one object.
"""

import time
from concurrent.futures import ThreadPoolExecutor

from bench.typical_cloud import PHOTOS, photo_key, typical_cloud
from local.stack import Stack

TOKEN = "user-1"  # noqa: S105 - the name of a token
CHAIN = ("export_start", "export_worker", "export_status")
ROUNDS = 5
PAUSE = 0.02
PATIENCE = 120.0

# Photos that are fetched at a time, as the worker fetches them (MediaConcurrency).
CONCURRENCY = 32


def run() -> dict[str, float]:
    """Return seconds of the fastest export with cold and with warm functions, and their ratio.

    And seconds of the floor, at its fastest.
    """
    with typical_cloud() as stack:
        export(stack)
        warm = min(export(stack) for _ in range(ROUNDS))
        cold = min(_cold(stack, number) for number in range(ROUNDS))
        floor = min(_floor(stack) for _ in range(ROUNDS))
    return {
        "cold_seconds": round(cold, 2),
        "warm_seconds": round(warm, 2),
        "ratio": round(cold / warm, 2),
        "floor_seconds": round(floor, 2),
    }


def export(stack: Stack) -> float:
    """Export event 1 with images and return the seconds; the task is polled all the time."""
    started = time.perf_counter()
    token = stack.tokens[TOKEN]
    answer = stack.request("POST", "/v1/events/1/export/json", token=token, body={"image": True})
    address = answer.json()["task_url"]
    while True:
        state = stack.request("GET", address, token=token).json()["state"]
        seconds = time.perf_counter() - started
        if state == "SUCCESS":
            return seconds
        if state != "WAITING" or seconds > PATIENCE:
            raise RuntimeError(f"The export ended with {state} after {seconds:.0f} s")
        time.sleep(PAUSE)


def _cold(stack: Stack, number: int) -> float:
    client = stack.client("lambda")
    for name in CHAIN:
        client.update_function_configuration(
            FunctionName=stack.functions[name], MemorySize=1769 + number
        )
    for name in CHAIN:
        client.get_waiter("function_updated_v2").wait(FunctionName=stack.functions[name])
    return export(stack)


def _floor(stack: Stack) -> float:
    s3 = stack.client("s3")

    def fetch(number: int) -> bytes:
        answer = s3.get_object(Bucket=stack.media_bucket, Key=photo_key(number))
        body: bytes = answer["Body"].read()
        return body

    started = time.perf_counter()
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        photos = b"".join(pool.map(fetch, range(1, PHOTOS + 1)))
    s3.put_object(Bucket=stack.export_bucket, Key="exports/floor", Body=photos)
    return time.perf_counter() - started
