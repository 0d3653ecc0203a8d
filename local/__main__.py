"""Run `python -m local up|down|demo`, for `make up`, `make down` and `make demo`."""

import argparse
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from urllib3.exceptions import HTTPError

from local import Failed, cloud, demo
from local.cloud import CloudOptions
from local.places import ROOT, STATE, claimed
from local.stack import Stack

# Addresses and tokens for clients, while the cloud is up.
SHOWN = STATE / "stack.json"


def main() -> int:
    """Run the action that the arguments name, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("action", choices=["up", "down", "demo"])
    # A terminated run stops the processes that it started.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("Stopped."))
    try:
        {"up": _up, "down": _down, "demo": _demo}[parser.parse_args().action]()
    except Failed as failure:
        print("", failure, *getattr(failure, "__notes__", ()), sep="\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _up() -> None:
    with claimed(["cloud"]) as directory:
        if _is_up():
            print("The local cloud is already running. `make down` stops it.")
        else:
            SHOWN.unlink(missing_ok=True)
            cloud.up(directory, _options()).write(SHOWN)
        _show(Stack.read(SHOWN))


def _is_up() -> bool:
    try:
        Stack.read(SHOWN).mails()
    except (OSError, ValueError, TypeError, HTTPError):
        return False
    return True


def _down() -> None:
    with claimed(["cloud"]) as directory:
        SHOWN.unlink(missing_ok=True)
        cloud.down(directory)


def _demo() -> None:
    with claimed(["demo"]) as directory:
        demo.run(directory, Path.cwd())


def _options() -> CloudOptions:
    return CloudOptions(
        database_url=os.environ.get("DATABASE_URL"),
        secret_key=os.environ.get("SECRET_KEY"),
        user_ids=[int(number) for number in os.environ.get("USER_ID", "").split(",") if number],
        parameters=dict(pair.split("=", 1) for pair in os.environ.get("PARAMETERS", "").split()),
    )


def _show(stack: Stack) -> None:
    """Print all values, keys included: they are valid on this machine only."""
    print()
    for name, value in asdict(stack).items():
        if isinstance(value, dict):
            for key, single in value.items():
                print(f"  {name}.{key:<{30 - len(name)}} {single}")
        else:
            print(f"  {name:<31} {value}")
    print(f"\nThe same values are in {SHOWN.relative_to(ROOT)}. Start an export:\n")
    print(f"  curl -X POST -H 'Authorization: JWT {next(iter(stack.tokens.values()), '…')}' \\")
    print(f"    {stack.api_url}/v1/events/{stack.event.get('id', '…')}/export/json")


if __name__ == "__main__":
    sys.exit(main())
