"""Wheel and source distribution: what is in them, that they are the same everywhere, that they install."""

import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import habeas
from tests.conftest import ROOT, SRC
from tests.package import packing


def names(wheel: Path) -> set[str]:
    """The files of a wheel but for its metadata."""
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


def unpacked(sdist: Path, folder: Path) -> Path:
    """A source distribution, unpacked."""
    with tarfile.open(sdist) as opened:
        # The oldest 3.11 has no filter; the archive is our own.
        opened.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return folder / f"habeas-{habeas.__version__}"


# -- the same bytes everywhere --------------------------------------------------------------------


@pytest.mark.parametrize("dated", [True, False], ids=["dated by the commit", "without a date"])
def test_two_folders_with_other_times_modes_and_settings_give_the_same_bytes(
    built, tmp_path, dated
):
    when = {"SOURCE_DATE_EPOCH": packing.epoch()} if dated else {}
    path = {"PATH": os.environ["PATH"]}
    here = {**path, **when, "LC_ALL": "C.UTF-8", "TZ": "America/Los_Angeles"}
    there = {**path, **when, "LC_ALL": "POSIX", "TZ": "Asia/Kolkata", "HOME": str(tmp_path)}
    there |= {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONHASHSEED": "7"}
    made = []
    for name, order, umask, moment, environment in (
        ("one", built.files, 0o022, 1_000_000_000, here),
        ("another folder", built.files[::-1], 0o077, 1_700_000_000, there),
    ):
        before = os.umask(umask)
        try:
            packing.copy(built.source, tmp_path / name, order)
            for each in (tmp_path / name).rglob("*"):
                os.utime(each, (moment, moment))
            made.append(packing.build(tmp_path / name, tmp_path / f"{name} out", environment))
        finally:
            os.umask(before)
    for first, second in zip(*made, strict=True):
        assert packing.sha256(first) == packing.sha256(second), first.name


def test_the_moment_in_the_files_is_that_of_the_commit(built):
    with tarfile.open(built.sdist) as opened:
        assert {one.mtime for one in opened.getmembers()} == {int(packing.epoch())}


def test_the_wheel_of_the_source_distribution_is_the_wheel_of_the_checkout(built, tmp_path):
    source = unpacked(built.sdist, tmp_path)
    shutil.rmtree(source / "requirements")  # what developers install is no part of a build
    wheel, _ = packing.build(source, tmp_path / "out")
    assert packing.sha256(wheel) == packing.sha256(built.wheel)


def test_pip_installs_the_source_distribution_without_the_requirements_folder(built, tmp_path):
    source = unpacked(built.sdist, tmp_path)
    shutil.rmtree(source / "requirements")
    offline = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--no-compile")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *offline, "--target", tmp_path / "site", source],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    site = tmp_path / "site"
    installed = {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()}
    assert {one for one in installed if one.startswith("habeas/")} == names(built.wheel)


# -- what is in them ------------------------------------------------------------------------------


def test_the_wheel_holds_program_law_examples_templates_and_nothing_else(built):
    found = names(built.wheel)
    held = {path.as_posix() for path in built.files}
    wanted = {path.removeprefix("src/") for path in held if path.startswith("src/habeas/")}
    wanted |= {f"habeas/{path}" for path in held if path.startswith("laws/")}
    wanted |= {
        path.replace("examples/requests/", "habeas/examples/")
        for path in held
        if path.startswith("examples/requests/")
    }
    assert found == wanted
    kinds = {f"{Path(name).parts[1]} {Path(name).suffix}" for name in found if "/" in name}
    assert {"laws .md", "laws .csv", "examples .yaml", "reports .html", "reports .css"} <= kinds
    assert "habeas/py.typed" in found
    assert {Path(name).suffix for name in found - {"habeas/py.typed"}} <= {
        ".py", ".md", ".csv", ".yaml", ".html", ".css", ".typ", ".svg", ".js"
    }  # fmt: skip
    assert not [name for name in found if re.search(r"test|__pycache__|cache|\.pyc", name)]


def test_the_law_in_the_wheel_is_the_law_of_the_checkout(built):
    with zipfile.ZipFile(built.wheel) as opened:
        for path in built.files:
            if path.parts[0] == "laws":
                assert (
                    opened.read(f"habeas/{path.as_posix()}") == (built.source / path).read_bytes()
                )


def test_the_source_distribution_holds_every_file_of_the_checkout(built):
    with tarfile.open(built.sdist) as opened:
        found = {Path(*Path(one.name).parts[1:]).as_posix() for one in opened.getmembers()}
    assert found - {"PKG-INFO"} == {path.as_posix() for path in built.files}


def test_the_metadata_is_what_a_stranger_needs(built):
    with zipfile.ZipFile(built.wheel) as opened:
        (name,) = (one for one in opened.namelist() if one.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(opened.read(name))
        licence = opened.read(name.replace("METADATA", "licenses/LICENSE"))
    assert licence == (built.source / "LICENSE").read_bytes()
    assert metadata["Version"] == habeas.__version__ == packing.VERSION
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload(decode=True).decode() == (built.source / "README.md").read_text()
    assert sorted(metadata.get_all("Provides-Extra")) == ["casework", "postgresql", "spark"]
    for text in metadata.get_all("Requires-Dist"):
        one = Requirement(text)
        assert one.url is None
        assert {"<", ">="} == {limit.operator for limit in one.specifier}, text
    assert not metadata.get_all("Project-URL"), "an address on the package must be a real one"


# -- what it stands on ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda p: p.name
)
def test_the_pins_have_hashes_and_no_address(path):
    lines = [line.strip() for line in path.read_text().splitlines()]
    assert not [line for line in lines if "://" in line]
    assert not [line for line in lines if line.startswith("-") and not line.startswith("--hash=")]
    pins = path.read_text().replace("\\\n", " ").splitlines()
    for pin in (line for line in pins if line.strip() and not line.strip().startswith("#")):
        assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==[0-9]\S* ", pin), pin[:60]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}( |$)", pin), pin[:60]


EXTRAS = {
    "allauth", "argon2", "axes", "django", "gunicorn", "ninja", "pdfplumber", "pikepdf", "psycopg", "psycopg_binary",
    "pypdfium2", "pyspark", "whitenoise",
}  # fmt: skip


def test_everything_else_works_without_the_extras(tmp_path):
    code = (
        "import sys\n"
        f"for name in {sorted(EXTRAS)}: sys.modules[name] = None\n"
        "from habeas.cli import main\n"
        "sys.argv[0] = 'habeas'; main()\n"
    )
    for words in (["--version"], ["law", "us-ca-sf"], ["sample", "jail", "--people", "5"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr


def test_no_module_needs_psycopg_to_be_imported():
    code = (
        "import importlib, pkgutil, sys; sys.modules['psycopg'] = None\n"
        "import habeas\n"
        "for one in pkgutil.walk_packages(habeas.__path__, 'habeas.'):\n"
        "    if one.name.startswith(('habeas.__main__', 'habeas.web.')): continue  # an office's, with Django\n"
        "    importlib.import_module(one.name); print(one.name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (
        len(done.stdout.splitlines())
        >= len([one for one in SRC.rglob("*.py") if "web" not in one.parts]) - 10
    )


# -- installed ------------------------------------------------------------------------------------

UNREACHABLE = re.compile(
    r"error sending request for url|network was disabled|network connectivity is disabled"
)
"""How uv says that it could not speak with the registry; a bad hash or an unknown pin is told otherwise."""


def uv(*arguments: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [Path(sys.executable).parent / "uv", *arguments],
        capture_output=True,
        text=True,
        timeout=280,
    )


def test_an_unreachable_registry_is_told_from_a_wrong_pin(tmp_path):
    """A port on which nobody listens, and a requirement that offline there is no file for."""
    python = tmp_path / "venv" / "bin" / "python"
    assert uv("venv", tmp_path / "venv", "--python", sys.executable).returncode == 0
    pin = tmp_path / "pin.txt"
    pin.write_text(f"habeas-none==1 --hash=sha256:{'0' * 64}\n")
    install = ["pip", "install", "--no-cache", "--python", python, "--require-hashes", "-r", pin]
    assert UNREACHABLE.search(uv(*install, "--offline").stderr)
    unknown = uv(*install, "--no-index")
    assert unknown.returncode != 0
    assert not UNREACHABLE.search(unknown.stderr)


@pytest.mark.slow
def test_the_wheel_runs_in_an_empty_environment_outside_of_the_checkout(built, tmp_path):
    venv, here = tmp_path / "venv", tmp_path / "here"
    here.mkdir()
    python = venv / "bin" / "python"
    assert uv("venv", venv, "--python", sys.executable).returncode == 0
    install = ["pip", "install", "--python", python, "--system-certs"]
    done = uv(*install, "--require-hashes", "-r", ROOT / "requirements" / "runtime.txt")
    if done.returncode and UNREACHABLE.search(done.stderr):
        pytest.skip(
            "the package registry cannot be reached: with a network, `make test-all` installs the wheel"
        )
    assert done.returncode == 0, done.stderr
    done = uv(*install, "--no-deps", built.wheel)
    assert done.returncode == 0, done.stderr

    def run(*command: str | Path) -> str:
        """What a command prints in a bare environment, in a folder that is not the checkout's."""
        done = subprocess.run(
            ["env", "-i", *command], cwd=here, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def try_it() -> None:
        assert run(venv / "bin" / "habeas", "--version") == f"habeas {habeas.__version__}\n"
        assert "What to try next" in run(venv / "bin" / "habeas", "demo")
        assert (here / "habeas-demo" / "answers" / "report.html").stat().st_size > 10_000
        assert " 0 failed" in run(venv / "bin" / "habeas", "check")
        assert "Habeas can decide here" in run(venv / "bin" / "habeas", "doctor")
        code = (
            "import habeas; from habeas.decisions.laws import laws_folder\n"
            "print(habeas.__file__); print(laws_folder()); print(habeas.read_law('us-ca-sf').digest)"
        )
        module, law, digest = run(python, "-c", code).splitlines()
        assert Path(module).is_relative_to(venv)
        assert Path(law) == Path(module).parent / "laws"
        assert digest == habeas.read_law("us-ca-sf", built.source / "laws").digest

    try_it()
    assert run(python, "-c", "import psycopg; print(psycopg.__version__)")
    done = uv("pip", "uninstall", "--python", python, "psycopg", "psycopg-binary")
    assert done.returncode == 0, done.stderr
    shutil.rmtree(here / "habeas-demo")
    try_it()
    assert uv("pip", "check", "--python", python).returncode == 0
