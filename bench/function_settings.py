"""Environment with which any function starts without a cloud."""

import os
import sys

from openevent.edge import settings
from openevent.edge.settings import Settings


def environment() -> dict[str, str]:
    """Return the variables: every required setting of every function, and what AWS's SDK needs."""
    kinds = [kind for kind in vars(settings).values() if isinstance(kind, type)]
    required = {
        name.upper(): "1"
        for kind in kinds
        if issubclass(kind, Settings)
        for name, field in kind.model_fields.items()
        if field.is_required()
    }
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        **required,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "bench",
        "POWERTOOLS_SERVICE_NAME": "bench",
    }
