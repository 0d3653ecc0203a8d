"""`python -m checks [handlers] [modules] [words]`: print the broken rules; exit with 1 if any."""

import sys

from checks import ROOT, handlers, modules, words

CHECKS = {"handlers": handlers.problems, "modules": modules.problems, "words": words.problems}


def main(names: list[str]) -> int:
    """Run the named checks, or all, and return the exit status."""
    found = sorted(problem for name in names or CHECKS for problem in CHECKS[name](ROOT))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
