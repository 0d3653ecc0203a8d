"""Python's collector of cyclic garbage, in a process of tests: not over what stays, and seldom.

What tests import stays: hundreds of thousands of objects. To look at them again and again, and at
each few hundred new ones, took a quarter of the processor time of the unit tests.
"""

import gc

# New objects after which the collector looks at them; 700 by default.
NEW_OBJECTS = 10_000


def pause() -> None:
    """Collect nothing while tests are imported."""
    gc.disable()


def end_start() -> None:
    """Let the collector run, but not over what was imported until now."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    gc.enable()
