"""One copy of the checkout's files, and what is built of it, for every test of the package."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.package import packing


class Built(NamedTuple):
    """A copy of the checkout's files, their paths in it, and what hatchling made of it."""

    source: Path
    files: tuple[Path, ...]
    wheel: Path
    sdist: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Built:
    """What `make package` builds, of the checkout as it stands."""
    if not (packing.ROOT / ".git").exists():
        pytest.skip("no git here says which files are the project's: run the tests in a checkout")
    folder = tmp_path_factory.mktemp("package")
    files = tuple(packing.files())
    packing.copy(packing.ROOT, folder / "source", files)
    wheel, sdist = packing.build(folder / "source", folder / "out")
    return Built(folder / "source", files, wheel, sdist)
