"""An export with one of its parts, beside the same export without it."""

from collections.abc import Sequence

from bench.database import filled
from bench.measure import measured

# Rounds of both; the best of each counts.
ROUNDS = 3


def with_and_without(part: str, statements: Sequence[str]) -> dict[str, float]:
    """Return seconds and peak memory in MB of an export with `part` and without, and their ratio.

    `part`: one of `bench.export_ours`. `statements` fill the database.
    """
    with filled(statements) as database_url:
        pairs = [
            (
                measured("bench.export_ours", database_url, "", part),
                measured("bench.export_ours", database_url),
            )
            for _ in range(ROUNDS)
        ]
    seconds = min(with_part.seconds for with_part, _ in pairs)
    plain_seconds = min(without.seconds for _, without in pairs)
    return {
        "seconds": round(seconds, 3),
        "plain_seconds": round(plain_seconds, 3),
        "ratio": round(seconds / plain_seconds, 2),
        "peak_mb": round(max(with_part.peak_mb for with_part, _ in pairs), 1),
        "plain_peak_mb": round(max(without.peak_mb for _, without in pairs), 1),
    }
