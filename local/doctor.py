"""Run `python -m local.doctor`, for `make doctor`: examine a deployed stack, or the local cloud."""

import argparse
import json
import os
import sys
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local import Failed
from local.places import STATE
from local.stack import Stack

OUTPUT = "DoctorFunction"

# Seconds to wait for the function: longer than its timeout, and no second try.
_PATIENT = Config(read_timeout=320, retries={"total_max_attempts": 1})


def main() -> int:
    """Print the doctor's report; return 0 if it has no fault, else 1."""
    parser = argparse.ArgumentParser(prog="python -m local.doctor", description=__doc__)
    parser.add_argument("--stack", default="", help="name of the stack; default: the local cloud")
    stack = parser.parse_args().stack
    try:
        answer = examine(*(_deployed(stack) if stack else _local()), _request())
    except (BotoCoreError, ClientError) as error:
        print(f"AWS refuses the call: {error}", file=sys.stderr)
        return 1
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    print(answer["table"])
    return 0 if answer["healthy"] else 1


def _request() -> dict[str, str]:
    """Return the operator's options, from the variables of make."""
    options = {"token": os.environ.get("TOKEN"), "mail_to": os.environ.get("MAIL_TO")}
    return {name: value for name, value in options.items() if value}


def _deployed(name: str) -> tuple[Any, str]:
    """Return a client of Lambda and the doctor of the stack `name`, by the operator's own access.

    Raises `Failed`.
    """
    [stack] = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if OUTPUT not in outputs:
        raise Failed(f"The stack {name} has no output {OUTPUT}. Deploy the current template.")
    return boto3.client("lambda", config=_PATIENT), outputs[OUTPUT]


def _local() -> tuple[Any, str]:
    """Return a client of Lambda and the doctor of the local cloud. Raises `Failed`."""
    try:
        stack = Stack.read(STATE / "stack.json")
    except OSError as error:
        raise Failed(
            "No local cloud is running: make up. For a stack: make doctor STACK=…"
        ) from error
    return client_of(stack), stack.functions["doctor"]


def client_of(stack: Stack) -> Any:  # noqa: ANN401 - a client of boto3
    """Return a client of the local cloud's Lambda that waits for the doctor."""
    return boto3.client(
        "lambda",
        endpoint_url=stack.aws_endpoint_url,
        region_name=stack.aws_region,
        aws_access_key_id=stack.aws_access_key_id,
        aws_secret_access_key=stack.aws_secret_access_key,
        config=_PATIENT,
    )


def examine(client: Any, function: str, request: dict[str, str]) -> dict[str, Any]:  # noqa: ANN401 - a client of boto3
    """Return the doctor's answer. Raises `Failed` if the function fails."""
    answer = client.invoke(FunctionName=function, Payload=json.dumps(request).encode())
    content = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise Failed(
            f"The function {function} failed: {content.get('errorMessage', 'no message')}. "
            "Read its log."
        )
    examined: dict[str, Any] = content
    return examined


if __name__ == "__main__":
    sys.exit(main())
