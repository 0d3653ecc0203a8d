"""Benchmark `first_export`: the first invocation of a worker's process beside later ones.

Processor time of the handler, from the message of an export of a typical event with photos to
SUCCESS, without what `import` statements take.
"""

import json
import os
import subprocess
import sys
import time
from statistics import median
from typing import Any

from bench.click_to_archive import TOKEN
from bench.typical_cloud import layer, typical_cloud
from local.stack import Stack

PROCESSES = 3
EXPORTS = 5
PATIENCE = 60.0


def run() -> dict[str, float]:
    """Return seconds of processor time of the first export and of later ones, and their ratio."""
    with typical_cloud() as stack:
        _stop_worker(stack)
        runs = [_exports(stack) for _ in range(PROCESSES)]
    first = min(seconds[0] for seconds in runs)
    warm = min(median(seconds[1:]) for seconds in runs)
    return {
        "first_seconds": round(first, 3),
        "warm_seconds": round(warm, 3),
        "ratio": round(first / warm, 2),
    }


def _stop_worker(stack: Stack) -> None:
    """Let the messages stay in the queue."""
    client = stack.client("lambda")
    function = stack.functions["export_worker"]
    for mapping in client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def _exports(stack: Stack) -> list[float]:
    """Return the processor time of each export of one new process."""
    lambda_ = stack.client("lambda")
    found = lambda_.get_function_configuration(FunctionName=stack.functions["export_worker"])
    environment = {
        **os.environ,
        **found["Environment"]["Variables"],
        **_access(stack),
        "PYTHONPATH": str(layer()),
    }
    command = [sys.executable, "-m", "bench.first_export_ours"]
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as worker:
        if worker.stdin is None or worker.stdout is None:
            raise RuntimeError("The process has no pipes")
        seconds = []
        for _ in range(EXPORTS):
            print(json.dumps(_message(stack)), file=worker.stdin, flush=True)
            seconds.append(float(worker.stdout.readline()))
        worker.stdin.close()
    return seconds


def _access(stack: Stack) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": stack.aws_endpoint_url,
        "AWS_ACCESS_KEY_ID": stack.aws_access_key_id,
        "AWS_SECRET_ACCESS_KEY": stack.aws_secret_access_key,
        "AWS_DEFAULT_REGION": stack.aws_region,
        "AWS_REGION": stack.aws_region,
    }


def _message(stack: Stack) -> dict[str, Any]:
    """Start an export and return its message, as Lambda hands it to the worker."""
    path = "/v1/events/1/export/json"
    answer = stack.request("POST", path, token=stack.tokens[TOKEN], body={"image": True})
    task_id = answer.json()["task_url"].rpartition("/")[2]
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        queue = stack.client("sqs")
        received = queue.receive_message(QueueUrl=stack.export_queue_url, WaitTimeSeconds=5)
        for message in received.get("Messages", []):
            if task_id in message["Body"]:
                return {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": {"ApproximateReceiveCount": "1"},
                }
    raise RuntimeError("The message of the export did not come")
