"""The bill of materials: what a wheel needs to run, as CycloneDX JSON.

    requirements/runtime.txt  ->  cyclonedx-py  ->  components, hashes
    what is installed         ->  cyclonedx-py  ->  licences, who needs whom   ->  one document

Promise: every pinned requirement is in it with its version and hashes, no registry's address is, and
the same inputs give the same bytes. What is compiled into a requirement's own files is not listed.
"""

import json
import os
import subprocess
import sys
import warnings
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.package.packing import PROJECT, ROOT, VERSION, epoch, sha256

Document = dict[str, Any]
HABEAS = f"pkg:pypi/habeas@{VERSION}"
EXTRA = "cdx:python:package:required-extra"
"""The property by which the tool says which extras of a component are asked for."""


def bill(wheel: Path) -> Document:
    """The bill of a wheel.

    Licences and needs are read from the packages installed beside this Python; a requirement for another
    platform that is not among them stands without any.
    """
    document = _cyclonedx("requirements", ROOT / "requirements" / "runtime.txt")
    installed = {_purl(one): one for one in _cyclonedx("environment", sys.executable)["components"]}
    pins = {_purl(one): one for one in document["components"]}
    needs = {purl: _needs(purl, installed.get(purl), pins) for purl in pins}
    direct = [Requirement(one) for one in PROJECT["dependencies"]]
    extra = [
        Requirement(one) for group in PROJECT["optional-dependencies"].values() for one in group
    ]
    needs[HABEAS] = _pinned(direct + extra, pins)
    always = _reached(_pinned(direct, pins), needs)
    document["components"] = [
        _component(purl, pins[purl], installed.get(purl, {}), purl in always)
        for purl in sorted(pins)
    ]
    document["dependencies"] = [
        {"ref": purl, **({"dependsOn": needs[purl]} if needs[purl] else {})}
        for purl in sorted(needs)
    ]
    root = document["metadata"]["component"]
    root |= {"bom-ref": HABEAS, "purl": HABEAS}
    root["hashes"] = [{"alg": "SHA-256", "content": sha256(wheel)}]
    for tool in document["metadata"]["tools"]["components"]:
        tool.pop("externalReferences", None)
    # Native libraries inside a requirement's own files are not looked into.
    document["compositions"] = [{"aggregate": "incomplete", "assemblies": sorted(pins)}]
    return document


def _cyclonedx(*arguments: str | Path) -> Document:
    """A document of the tool's, not yet validated: `problems` validates what is made of it."""
    project = ("--pyproject", ROOT / "pyproject.toml", "--spec-version", "1.6")
    options = ("--output-reproducible", "--short-PURLs", "--no-validate")
    done = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", *arguments, *project, *options],
        env={**os.environ, "SOURCE_DATE_EPOCH": epoch()},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def _purl(component: Document) -> str:
    return f"pkg:pypi/{canonicalize_name(component['name'])}@{component['version']}"


def _needs(purl: str, component: Document | None, pins: dict[str, Document]) -> list[str]:
    """What a component needs, on whatever platform, with the extras that are asked of it."""
    if component is None:
        return []
    asked = [one["value"] for one in component.get("properties", []) if one["name"] == EXTRA]
    wanted = []
    for text in metadata.requires(component["name"]) or []:
        one = Requirement(text)
        condition = str(one.marker or "")
        if "extra ==" not in condition or any(f'extra == "{name}"' in condition for name in asked):
            wanted.append(one)
    return _pinned(wanted, pins)


def _pinned(wanted: list[Requirement], pins: dict[str, Document]) -> list[str]:
    names = {canonicalize_name(one.name) for one in wanted}
    return sorted(purl for purl, one in pins.items() if canonicalize_name(one["name"]) in names)


def _reached(start: list[str], needs: dict[str, list[str]]) -> set[str]:
    found, left = set[str](), [*start]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += needs[one]
    return found


def _licences(known: Document) -> list[Document]:
    """What the tool found, or else the plain `License` field, which it leaves alone."""
    found = known.get("licenses", [])
    if not found and known:
        words = metadata.metadata(known["name"]).get("License", "")
        found = [{"license": {"name": words}}] if words else []
    return found


def _component(purl: str, pinned: Document, known: Document, always: bool) -> Document:
    """A pin with its hashes, and what the installed metadata says of it."""
    (files,) = pinned["externalReferences"]
    return {
        "type": "library",
        "bom-ref": purl,
        "name": pinned["name"],
        "version": pinned["version"],
        **({"description": known["description"]} if "description" in known else {}),
        **({"licenses": licenses} if (licenses := _licences(known)) else {}),
        "scope": "required" if always else "optional",
        "purl": purl,
        # One hash a file: which of them is installed depends on the platform.
        "externalReferences": [{"type": "distribution", "url": purl, "hashes": files["hashes"]}],
    }


def problems(text: str) -> str | None:
    """What the format's own schema, strictly read, says against a document; None where it is valid."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a library's deprecations, not ours
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator

        found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return None if found is None else str(found.data)[:500]


def to_json(document: Document) -> str:
    """The document as it is written."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
