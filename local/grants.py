"""The statements that give a user of Open Event's database what the functions need."""

import sys

from openevent.doctor.needs import grants


def main() -> int:
    """Print the statements for the user that the command line names."""
    if len(sys.argv) != 2 or not sys.argv[1]:  # noqa: PLR2004 (the program and the user)
        print("Name the user: make grants DATABASE_USER=…", file=sys.stderr)
        return 2
    for statement in grants(sys.argv[1]):
        print(f"{statement};")
    return 0


if __name__ == "__main__":
    sys.exit(main())
