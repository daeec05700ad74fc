"""The documentation as a site: it builds strictly, holds all that it needs, and no link of it is dead."""

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from tests.conftest import ROOT
from tests.docs.conftest import build

ASSETS = {
    "link": ("href",),
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "form": ("action",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
}
"""Attributes that a browser follows by itself, or that send something."""


class Page(HTMLParser):
    """What a page of the site points to, and what on it can be pointed to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.assets: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.anchors |= {named[one] for one in ("id", "name") if one in named}
        if tag == "a" and "href" in named:
            self.links.append(named["href"])
        for name in ASSETS.get(tag, ()):
            if name in named:
                self.assets += [part.split()[0] for part in named[name].split(",") if part.strip()]
        self.assets += re.findall(r"url\(['\"]?([^'\")]+)", named.get("style", ""))


def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def is_outside(address: str) -> bool:
    return bool(urlsplit(address).scheme or urlsplit(address).netloc)


def dead(site: Path, read: dict[Path, Page]) -> Iterator[str]:
    """Links and assets within the site that lead nowhere."""
    for path, page in read.items():
        for address in [*page.links, *page.assets]:
            if is_outside(address):
                continue
            parts = urlsplit(address)
            inside = unquote(parts.path)
            target = site / inside.lstrip("/") if inside.startswith("/") else path.parent / inside
            target = (path if not inside else target).resolve()
            if target.is_dir():
                target /= "index.html"
            anchors = read[target].anchors if target in read else set()
            missing = parts.fragment and target in read and unquote(parts.fragment) not in anchors
            if not target.is_relative_to(site.resolve()) or not target.is_file() or missing:
                yield f"{path.relative_to(site)}: {address}"


def test_every_page_of_docs_is_on_the_site(site: Path) -> None:
    written = {p.relative_to(ROOT / "docs").with_suffix("") for p in (ROOT / "docs").rglob("*.md")}
    built = {path.relative_to(site).with_suffix("") for path in site.rglob("*.html")}
    assert built == written | {Path("404")}


def test_no_link_is_dead(site: Path) -> None:
    read = {path.resolve(): page for path, page in pages(site).items()}
    assert list(dead(site.resolve(), read)) == []


def test_nothing_is_fetched_from_another_host(site: Path) -> None:
    read = pages(site)
    assert {a for page in read.values() for a in page.assets if is_outside(a)} == set()
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    asked = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", styles)
    assert [a or b for a, b in asked if is_outside(a or b) and not a.startswith("data:")] == []


def test_other_hosts_are_linked_to_with_https_alone(site: Path) -> None:
    outside = {a for page in pages(site).values() for a in page.links if is_outside(a)}
    assert {a for a in outside if urlsplit(a).scheme != "https"} == set()


def test_the_index_of_the_search_holds_every_page(site: Path) -> None:
    import json

    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    found = {entry["location"].partition("#")[0] or "index.html" for entry in index["docs"]}
    built = {p.relative_to(site).as_posix() for p in site.rglob("*.html")} - {"404.html"}
    assert built <= found


def test_no_plugin_is_used_that_asks_another_host() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert config["plugins"] == ["search"]
    assert config["theme"]["font"] is False
    assert not {"repo_url", "site_url", "extra_javascript"} & set(config)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda docs: (docs / "loose.md").write_text("# Loose\n"), "not included in the \"nav\""),
        (lambda docs: (docs / "limits.md").write_text("[x](nowhere.md)\n"), "nowhere.md"),
        (lambda docs: (docs / "limits.md").write_text("[x](walk.md#nowhere)\n"), "#nowhere"),
        (lambda docs: (docs / "limits.md").unlink(), "limits.md"),
    ],
    ids=["page that is in no menu", "dead link", "dead anchor", "page that is not there"],
)  # fmt: skip
def test_a_site_does_not_build_with_a(spoil, told: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    spoil(tmp_path / "docs")
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode != 0
    assert told in done.stdout + done.stderr
