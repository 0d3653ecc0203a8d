"""Run benchmarks, print a table and save the figures: `python -m bench [name …]`.

The figures go into `.local/bench.json` by the name of the benchmark; figures of other benchmarks
remain.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import (
    assembly,
    click_to_archive,
    cold_start,
    copy_children,
    export_images,
    export_rows,
    export_schedules,
    export_tables,
    first_export,
    imports,
    round_trips,
)

RESULTS = Path(".local/bench.json")

BENCHMARKS: Mapping[str, Callable[[], dict[str, float]]] = {
    "export_rows": export_rows.rows,
    "export_small": export_rows.small,
    "export_images": export_images.images,
    "export_many": export_images.many,
    "export_schedules": export_schedules.run,
    "export_tables": export_tables.run,
    "assembly": assembly.run,
    "cold_start": cold_start.run,
    "first_export": first_export.run,
    "click_to_archive": click_to_archive.run,
    "round_trips": round_trips.run,
    "copy_100": copy_children.copy_100,
    "copy_1000": copy_children.copy_1000,
    "import_rows": imports.rows,
    "import_images": imports.images,
}


def main() -> None:
    """Run the benchmarks that the command line names, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := sorted(set(names) - set(BENCHMARKS)):
        parser.error(f"unknown benchmark: {', '.join(unknown)}")
    results: dict[str, dict[str, float]] = {}
    if RESULTS.exists():
        results = json.loads(RESULTS.read_text())
    for name in names:
        print(f"{name} …", flush=True)
        results[name] = BENCHMARKS[name]()
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=4) + "\n")
    _print_table({name: results[name] for name in names})


def _print_table(results: Mapping[str, Mapping[str, float]]) -> None:
    columns = list(dict.fromkeys(figure for figures in results.values() for figure in figures))
    widths = [max(map(len, results)), *(max(len(column), 8) for column in columns)]
    lines = [["", *columns]]
    for name, figures in results.items():
        lines.append([name, *(_shown(figures.get(column)) for column in columns)])
    print()
    for first, *others in lines:
        cells = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
        print("  ".join([first.ljust(widths[0]), *cells]))


def _shown(figure: float | None) -> str:
    return "" if figure is None else f"{figure:,.3g}"


if __name__ == "__main__":
    main()
