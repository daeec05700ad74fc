"""What `make package` writes: the bill of materials beside wheel and source distribution, and their checksums."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import habeas
from tests.conftest import ROOT
from tests.package import bill, packing

COPYLEFT = re.compile(r"(?<![A-Za-z])A?GPL|(?<!Lesser )General Public License", re.I)
"""GPL and AGPL, as identifier or in words; the Lesser licence is another."""

LGPL = {"psycopg", "psycopg-binary"}
"""What may stand under the LGPL: the PostgreSQL driver, which only an extra brings in."""


def write_package(checkout: Path) -> subprocess.CompletedProcess:
    """What `make package` runs, in a checkout."""
    return subprocess.run(
        [sys.executable, "tests/package/write_package.py"],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def checkout(built, tmp_path_factory) -> Path:
    """A repository whose one commit holds the checkout's files as they stand, and its package."""
    folder = tmp_path_factory.mktemp("checkout")
    packing.copy(built.source, folder, built.files)
    who = {"GIT_AUTHOR_NAME": "nobody", "GIT_AUTHOR_EMAIL": "nobody@example.org"}
    who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
    when = {"GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000"}
    environment = {**os.environ, **who, **when}
    for words in ("init --quiet", "add --all", "commit --quiet --no-gpg-sign --message all"):
        subprocess.run(["git", *words.split()], cwd=folder, env=environment, check=True)
    done = write_package(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def document(checkout) -> dict:
    return json.loads((checkout / "dist" / f"habeas-{habeas.__version__}.cdx.json").read_text())


def components(document: dict) -> dict[str, dict]:
    return {one["name"]: one for one in document["components"]}


def pins() -> dict[str, tuple[str, set[str], bool]]:
    """Name to version, hashes and whether this platform needs it, as requirements/runtime.txt has them."""
    text = (ROOT / "requirements" / "runtime.txt").read_text().replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.strip().startswith("#"):
            words = line.split(" --hash=sha256:")
            one = Requirement(words[0])
            (version,) = (each.version for each in one.specifier)
            here = one.marker is None or one.marker.evaluate()
            found[one.name] = (version, {word.split()[0] for word in words[1:]}, here)
    return found


def licences(component: dict) -> list[str]:
    """Its licences: identifiers, expressions, or the words of a package that gives no identifier."""
    return [
        each[key]
        for one in component.get("licenses", [])
        for each in (one, one.get("license", {}))
        for key in ("expression", "id", "name")
        if key in each
    ]


def test_four_files_and_their_checksums_are_written(checkout):
    version = habeas.__version__
    dist = checkout / "dist"
    assert {path.name for path in dist.iterdir()} == {
        f"habeas-{version}-py3-none-any.whl",
        f"habeas-{version}.tar.gz",
        f"habeas-{version}.cdx.json",
        "SHA256SUMS",
    }
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=dist, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == 3


@pytest.mark.slow
def test_the_same_commit_gives_the_same_package(checkout):
    before = (checkout / "dist" / "SHA256SUMS").read_text()
    for path in (checkout / "pyproject.toml", checkout / "laws" / "vocabulary.md"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert write_package(checkout).returncode == 0
    assert (checkout / "dist" / "SHA256SUMS").read_text() == before


@pytest.mark.parametrize("stray", ["laws/us-ca/draft.md", "src/habeas/stray.py"])
def test_a_checkout_with_changes_gives_no_package(checkout, stray):
    before = (checkout / "dist" / "SHA256SUMS").read_text()
    (checkout / stray).write_text("x")
    done = write_package(checkout)
    (checkout / stray).unlink()
    assert done.returncode == 1
    assert stray in done.stderr
    assert "help: " in done.stderr
    assert (checkout / "dist" / "SHA256SUMS").read_text() == before


def test_the_bill_is_valid_by_the_formats_own_schema(document):
    assert document["specVersion"] == "1.6"
    assert bill.problems(json.dumps(document)) is None
    assert bill.problems(json.dumps({**document, "colour": "green"}))


def test_the_bill_is_of_this_wheel(checkout, document):
    root = document["metadata"]["component"]
    assert (root["name"], root["version"]) == ("habeas", habeas.__version__)
    assert licences(root) == ["Apache-2.0"]
    wheel = checkout / "dist" / f"habeas-{habeas.__version__}-py3-none-any.whl"
    assert root["hashes"] == [{"alg": "SHA-256", "content": packing.sha256(wheel)}]


def test_the_bill_is_dated_by_the_commit_and_has_nothing_random(document):
    assert document["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    assert "serialNumber" not in document


def test_every_pinned_requirement_is_a_component_with_its_version_and_hashes(document):
    listed = {
        name: (
            one["version"],
            {each["content"] for each in one["externalReferences"][0]["hashes"]},
        )
        for name, one in components(document).items()
    }
    assert listed == {name: (version, hashes) for name, (version, hashes, _) in pins().items()}
    assert len(listed) > 20


def test_every_component_that_runs_here_names_its_licence(document):
    silent = {name for name, one in components(document).items() if not licences(one)}
    assert silent <= {name for name, (_, _, here) in pins().items() if not here}


def test_no_component_is_under_the_gpl_or_agpl(document):
    found = {name: licences(one) for name, one in components(document).items()}
    assert not {n: each for n, each in found.items() if any(map(COPYLEFT.search, each))}
    lesser = {name for name, each in found.items() if "LGPL" in " ".join(each).upper()}
    assert lesser == LGPL
    assert {components(document)[name]["scope"] for name in lesser} == {"optional"}


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("GPL-3.0-only", True),
        ("AGPL-3.0-or-later", True),
        ("MIT OR GPL-2.0-only", True),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", True),
        ("GNU Affero General Public License v3", True),
        ("LGPL-3.0-only", False),
        ("License :: OSI Approved :: GNU Lesser General Public License v3", False),
        ("Apache-2.0", False),
    ],
)
def test_which_licences_count_as_gpl(text, forbidden):
    assert bool(COPYLEFT.search(text)) is forbidden


def test_the_bill_names_no_registry(document):
    text = json.dumps(document)
    addresses = set(re.findall(r"https?://[^\"\\ ]*", text))
    assert addresses == {"http://cyclonedx.org/schema/bom-1.6.schema.json"}


def test_what_needs_what_is_a_closed_graph_that_starts_at_habeas(document):
    needs = {one["ref"]: one.get("dependsOn", []) for one in document["dependencies"]}
    root = document["metadata"]["component"]["bom-ref"]
    assert set(needs) == {root, *(one["bom-ref"] for one in document["components"])}
    reached, left = set(), [root]
    while left:
        one = left.pop()
        if one not in reached:
            reached.add(one)
            left += needs[one]
    assert reached == set(needs), "a pin that nothing needs"
