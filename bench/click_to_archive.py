"""Benchmark `click_to_archive`: from the POST of an export to SUCCESS, on the local cloud.

The event is a typical one with photos. `cold`: all functions start for it, as after a pause; the
emulator starts a new process for a function whose configuration has changed.
"""

import time

from bench.typical_cloud import typical_cloud
from local.stack import Stack

TOKEN = "user-1"  # noqa: S105 - the name of a token
CHAIN = ("export_start", "export_worker", "export_status")
ROUNDS = 5
PAUSE = 0.02
PATIENCE = 120.0


def run() -> dict[str, float]:
    """Return seconds of the fastest export with cold and with warm functions, and their ratio."""
    with typical_cloud() as stack:
        export(stack)
        warm = min(export(stack) for _ in range(ROUNDS))
        cold = min(_cold(stack, number) for number in range(ROUNDS))
    return {
        "cold_seconds": round(cold, 2),
        "warm_seconds": round(warm, 2),
        "ratio": round(cold / warm, 2),
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
