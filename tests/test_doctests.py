"""The examples in docstrings run."""

import doctest
import importlib
import pkgutil
import re

import pytest

import habeas

MODULES = [
    "habeas",
    *sorted(
        m.name
        for m in pkgutil.walk_packages(habeas.__path__, "habeas.")
        if m.name != "habeas.__main__"
    ),
]

WRITTEN_BY_DJANGO = re.compile(r"\.migrations(\.\d+_first)?$")


@pytest.mark.parametrize("name", MODULES)
def test_examples_of(name: str):
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0
    if not WRITTEN_BY_DJANGO.search(name):
        assert (module.__doc__ or "").strip(), "a module says what it is for"


def test_there_are_examples():
    counts = [doctest.testmod(importlib.import_module(name)).attempted for name in MODULES]
    assert sum(counts) >= 10
