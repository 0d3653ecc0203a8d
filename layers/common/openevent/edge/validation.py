"""Validation of bodies by models, with a JSON pointer for each problem."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from openevent.errors import Invalid, Problem

Model = TypeVar("Model", bound=BaseModel)

# Codes of pydantic's faults, and of a model's own; of all others the code is invalid-field.
CODES = {
    "missing": "missing-field",
    "extra_forbidden": "unknown-field",
    "date_out_of_range": "date-out-of-range",
}
DETAILS = {"missing": "This field is required.", "extra_forbidden": "This field is unknown."}


class StrictModel(BaseModel):
    """Base of bodies: the declared fields in the declared types, and no others."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


def validated(model: type[Model], document: object, *, at: str = "") -> Model:
    """Return `document` (decoded JSON) as `model`; `at`: its JSON pointer within the body.

    Raises `Invalid` with one problem per field.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = [
            Problem(
                code=CODES.get(fault["type"], "invalid-field"),
                detail=DETAILS.get(fault["type"], f"{fault['msg']}."),
                pointer=at + "".join(f"/{_escaped(step)}" for step in fault["loc"]),
            )
            for fault in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise Invalid.because(problems) from None


def _escaped(step: int | str) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")
