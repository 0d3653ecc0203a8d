"""Examine the installation: invoked by an operator, by `make doctor` or `aws lambda invoke`."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.doctor.examine import examine, is_healthy
from openevent.doctor.report import report_of
from openevent.doctor.request import DoctorRequest
from openevent.edge.settings import DoctorSettings
from openevent.wiring.doctor import DoctorWiring

logger = Logger()
wiring = DoctorWiring(DoctorSettings.load())


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Return the findings, whether none is a fault, and the table that a person reads."""
    findings = examine(wiring.areas(DoctorRequest.model_validate(event)))
    return {
        "healthy": is_healthy(findings),
        "findings": [asdict(finding) for finding in findings],
        "table": report_of(findings),
    }
