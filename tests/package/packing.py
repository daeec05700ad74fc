"""Makes wheel, source distribution, bill of materials and checksums: what `make package` runs.

    files of the checkout  ->  copied  ->  hatchling  ->  wheel, sdist  ->  bill, SHA256SUMS  ->  dist/

Promise: only what git holds is packed, and the same commit gives the same bytes anywhere.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
VERSION = PROJECT["version"]


def git(*arguments: str) -> str:
    """What git prints in the checkout."""
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def epoch() -> str:
    """The one moment that everything made bears, in seconds since 1970: that of the commit."""
    return git("log", "-1", "--format=%ct").strip()


def files() -> list[Path]:
    """The checkout's files that git holds or would take, relative to the root, sorted."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return sorted({Path(name) for name in listed if name and (ROOT / name).is_file()})


def copy(source: Path, folder: Path, paths: Iterable[Path]) -> None:
    """Copy files of one folder into another, in the order given; modes as git keeps them, less the umask."""
    for path in paths:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target)
        if os.access(source / path, os.X_OK):
            target.chmod(target.stat().st_mode | 0o100)


def build(folder: Path, out: Path, environment: Mapping[str, str] | None = None) -> list[Path]:
    """Wheel and source distribution of a folder, in this order; nothing is downloaded.

    `environment` is the build's whole environment; left out: this one, with the commit's moment.
    """
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(out)],
        cwd=folder,
        env=dict(environment or {**os.environ, "SOURCE_DATE_EPOCH": epoch()}),
        check=True,
        capture_output=True,
        text=True,
    )
    return [out / f"habeas-{VERSION}-py3-none-any.whl", out / f"habeas-{VERSION}.tar.gz"]


def sha256(path: Path) -> str:
    """A file's digest, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def checksums(paths: Iterable[Path]) -> str:
    """Lines that `sha256sum --check` reads."""
    return "".join(f"{sha256(path)}  {path.name}\n" for path in paths)
