"""Export, copy and role invites of Open Event as functions beside its database.

While a Lambda function starts, Python's collector of cyclic garbage is paused: what is loaded
stays, and to look at it again and again takes a seventh of the start. `end_start` lets it run.
"""

import gc
import os

# Version of the code; pyproject.toml and template.yaml have the same.
__version__ = "1.0.0"

# Lambda sets the variable in the process of a function.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.disable()


def end_start() -> None:
    """Let the collector run, but not over what was loaded until now."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
