"""Lists: filtered, sorted, and a page of them.

query  ->  a page: {items, count, page, size}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from django.db.models import F, Model, QuerySet
from ninja import Schema
from pydantic import create_model

from habeas.web.api.shapes import Asks

M = TypeVar("M", bound=Model)
T = TypeVar("T", covariant=True)


def page_of(shape: type[Schema]) -> Any:
    """The shape of a page of these."""
    return create_model(
        f"{shape.__name__}Page",
        __base__=Schema,
        __doc__="A page of a list; `count` is of all pages.",
        items=(list[shape], ...),  # type: ignore[valid-type]
        count=(int, ...),
        page=(int, ...),
        size=(int, ...),
    )


class Found(Protocol[T]):
    """What was found: counted, and read from one place to another."""

    def count(self) -> int:
        """How many there are."""

    def __getitem__(self, some: slice, /) -> Iterable[T]: ...


def paged(found: Found[T], asks: Asks, shown: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """A page of what was found."""
    start = (asks.page - 1) * asks.size
    return {
        "items": [shown(one) for one in found[start : start + asks.size]],
        "count": found.count(),
        "page": asks.page,
        "size": asks.size,
    }


def by(found: QuerySet[M], sort: str, **fields: str) -> QuerySet[M]:
    """In an order: `sort` names a field, `-` before it turns it round; what is empty comes last."""
    field = F(fields.get(sort.lstrip("-"), sort.lstrip("-")))
    down = sort.startswith("-")
    first = field.desc(nulls_last=True) if down else field.asc(nulls_last=True)
    return found.order_by(first, "-pk" if down else "pk")
