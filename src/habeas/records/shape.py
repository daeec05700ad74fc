"""Documents held against a pydantic model; its complaints told in our words, each with its place.

    Node  ->  read_shape(model)  ->  the model's instance

Promise: a field that the model does not have is refused, and the nearest one that it has is named.
"""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.records.node import Node


class Shape(BaseModel):
    """A mapping of a document; a field's description is the help line where its value is wrong."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Model = TypeVar("Model", bound=Shape)


def _scalar(value: object) -> bool | str | None:
    if value is None or isinstance(value, (bool, str)):
        return value
    raise PydanticCustomError("scalar_type", "")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Scalar = Annotated[Any, AfterValidator(_scalar)]
"""A single value: `bool`, `str`, or None where nothing is written."""

Words = Annotated[list[str], BeforeValidator(_listed)]
"""A list of texts; a single text is a list of one."""


def wrong(help: str, message: str) -> PydanticCustomError:
    """What a validator of a `Shape` raises; the message goes after the field's name."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "help": help})


def read_shape(model: type[Model], node: Node) -> Model:
    """Hold a document against a model.

    Raises `InputError` with every problem: a field that is unknown or missing, a value of another
    kind than the model asks for, what its validators refuse.
    """
    try:
        return model.model_validate(node.plain())
    except ValidationError as error:
        raise InputError(
            [_problem(found, model, node) for found in error.errors(include_url=False)]
        ) from None


_ASKED = {
    "string_type": "text",
    "bool_type": "yes or no",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "scalar_type": "a single value",
}


def _problem(found: ErrorDetails, model: type[Shape], node: Node) -> Problem:
    steps = tuple(found["loc"])
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    kind, context = found["type"], found.get("ctx", {})
    if kind == "extra_forbidden":
        fields = _shape_at(model, steps[:-1]).model_fields
        return Problem(
            node.key_at(*steps),
            f"unknown field `{name}`",
            did_you_mean(name, fields, f"fields here are {', '.join(fields)}"),
        )
    help_line = _description(model, steps)
    if kind == "string_type" and isinstance(found["input"], bool):
        help_line = "put it in quotes if it is meant as text"
    if kind == "missing":
        parent = node.at(*steps[:-1])
        whole = Place(parent.path) if len(steps) == 1 else parent
        return Problem(whole, f"`{name}` is missing", help_line)
    if kind == "wrong":
        return Problem(node.at(*steps), str(context["message"]), str(context["help"]))
    if kind == "literal_error":
        expected = str(context["expected"]).replace("'", "`")
        return Problem(node.at(*steps), f"`{name}` is {expected}", help_line)
    told = f"`{name}`" + (f" number {steps[-1] + 1}" if isinstance(steps[-1], int) else "")
    asked = _ASKED.get(kind, kind)
    return Problem(node.at(*steps), f"{told} is {_kind(found['input'])}, not {asked}", help_line)


def _description(model: type[Shape], steps: tuple[int | str, ...]) -> str:
    """What the innermost field on the way says of itself."""
    for number in range(len(steps), 0, -1):
        field = _shape_at(model, steps[: number - 1]).model_fields.get(str(steps[number - 1]))
        if field and field.description:
            return field.description
    return "see an example in `examples/`"


def _kind(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a mapping"


def _shape_at(model: type[Shape], steps: tuple[int | str, ...]) -> type[Shape]:
    """The deepest model on the way that these steps go."""
    annotation: object = model
    for step in steps:
        inner = _bare(annotation)
        if isinstance(inner, type) and issubclass(inner, Shape):
            model = inner
            field = inner.model_fields.get(str(step))
            annotation = field.annotation if field else None
        else:
            annotation = (get_args(inner) or (None,))[-1]
    inner = _bare(annotation)
    return inner if isinstance(inner, type) and issubclass(inner, Shape) else model


def _bare(annotation: object) -> object:
    """An annotation without `Annotated` and `| None`."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            annotation = next(one for one in get_args(annotation) if one is not type(None))
        else:
            return annotation
