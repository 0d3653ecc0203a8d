"""Bodies held against models, with every problem named by a JSON pointer."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from openevent.errors import Invalid, Problem

Model = TypeVar("Model", bound=BaseModel)

CODES = {"missing": "missing-field", "extra_forbidden": "unknown-field"}
DETAILS = {"missing": "This field is required.", "extra_forbidden": "This field is not known."}


class StrictModel(BaseModel):
    """What a body may hold: the declared fields, in the declared types, and nothing else."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def validated(model: type[Model], document: object, *, at: str = "") -> Model:
    """`document` (decoded JSON) as `model`; `at` is the JSON pointer of the document in its body.

    Raises `Invalid` with one problem a field that is wrong.
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
