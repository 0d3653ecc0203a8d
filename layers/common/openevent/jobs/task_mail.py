"""The mail of a task, as clients see it."""

from typing import Any

from aws_lambda_powertools import Logger

from openevent.delivery.states import Delivery, Fact, Step
from openevent.delivery.store import DeliveryStore
from openevent.errors import Unavailable
from openevent.jobs.record import JobRecord

logger = Logger(child=True)


def task_mail(job: JobRecord, deliveries: DeliveryStore) -> dict[str, Any]:
    """Return `{"mail": …}` with what became of the mail about the end of `job`.

    Empty while there is no mail. Jobs that began before an update have no record of their mail; the
    job's own record then says whether it was sent.
    """
    if job.mail_id is None and job.mailed_at is None and job.mail_failure is None:
        return {}
    delivery = _recorded(job, deliveries) or _own(job)
    return {"mail": delivery.document()}


def _recorded(job: JobRecord, deliveries: DeliveryStore) -> Delivery | None:
    if job.mail_id is None:
        return None
    try:
        record = deliveries.find(job.mail_id)
    except Unavailable:
        logger.warning("The state of the mail cannot be read", exc_info=True)
        return None
    return None if record is None else record.delivery


def _own(job: JobRecord) -> Delivery:
    """Return what the job's own record says of its mail."""
    if job.mailed_at is not None:
        return Delivery({Step.SENT: Fact(0, job.mailed_at)})
    if job.mail_failure is not None:
        return Delivery({Step.NOT_SENT: Fact(0, job.finished_at or "", "", job.mail_failure)})
    return Delivery()
