"""What holds for the project's own files, whatever they say."""

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import LAWS, ROOT, SHARED, SRC, git

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
LONGEST_FILE = 600

# Joined here, so that this file does not hold them.
REGISTRIES = [
    name + end
    for name, end in [
        ("pypi", ".org"),
        ("files.python", "hosted"),
        ("npm", "js.org"),
        ("npm", "js.com"),
        ("yarn", "pkg.com"),
        ("crates", ".io"),
        ("proxy.go", "lang.org"),
        ("deb.", "debian.org"),
        ("--index", "-url "),
        ("--extra-index", "-url"),
        ("--find", "-links"),
    ]
]
HERE = [str(ROOT), str(SHARED)]


def project_files(scratch: Path) -> list[Path]:
    """Every file that is tracked, or would be if all were added; outside a checkout, the latter."""
    listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = git(*listing)
    if names is None:
        git("init", "--quiet", "--bare", str(scratch))
        names = git(f"--git-dir={scratch}", f"--work-tree={ROOT}", *listing)
    assert names
    return [ROOT / name for name in names.split("\0") if (ROOT / name).is_file()]


def pins(lock: Path) -> dict[str, str]:
    """The version that a lock file pins for each package."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize(
    "needles", [REGISTRIES, HERE], ids=["package registry's address", "path of this machine"]
)
def test_no_file_names_a(needles: list[str], tmp_path: Path) -> None:
    pattern = re.compile("|".join(map(re.escape, needles)).encode(), re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in project_files(tmp_path)
        for match in [pattern.search(path.read_bytes())]
        if match
    ]
    assert found == []


def test_the_search_for_files_finds_this_one(tmp_path: Path) -> None:
    assert Path(__file__).resolve() in project_files(tmp_path)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_pinned_with_a_hash(lock: Path) -> None:
    joined = lock.read_text().replace("\\\n", " ").splitlines()
    requirements = [line for line in joined if not re.match(r"\s*(#|$)", line)]
    pinned = re.compile(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}")
    assert requirements
    assert [line for line in requirements if not pinned.match(line)] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_agree_on_every_version(lock: Path) -> None:
    everything = pins(ROOT / "requirements" / "dev.txt")
    other = {name: v for name, v in pins(lock).items() if everything.get(name, v) != v}
    assert other == {}


def test_every_package_of_node_is_pinned_with_a_hash() -> None:
    lock = json.loads((ROOT / "requirements" / "peers" / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages
    assert [n for n, one in packages.items() if not one["integrity"].startswith("sha512-")] == []
    assert [n for n, one in packages.items() if "resolved" in one] == [], "it names a registry"


def test_runtime_lock_is_within_the_ranges_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = pins(ROOT / "requirements" / "runtime.txt")
    outside = [
        text
        for text in project["dependencies"]
        for wanted in [Requirement(text)]
        if not wanted.specifier.contains(locked.get(canonicalize_name(wanted.name), "0"))
    ]
    assert outside == [], "run `make lock`"


def test_no_source_file_is_long() -> None:
    written = [p for p in SRC.rglob("*.py") if not p.match("migrations/*_first.py")]  # Django's
    lengths = {p.relative_to(ROOT): len(p.read_text().splitlines()) for p in written}
    assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}


@pytest.mark.slow
def test_the_wheel_carries_the_laws(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    laws = {f"habeas/laws/{p.relative_to(LAWS)}" for p in LAWS.rglob("*") if p.is_file()}
    assert laws
    assert laws | {"habeas/py.typed"} <= names
