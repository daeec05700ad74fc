"""A counterexample as a golden case: a file that `habeas cases` runs.

    Case, Stretch  ->  golden_text  ->  YAML, as `decisions.cases.read_cases` reads it

Promise: what is written was read again, decided, and passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from habeas.decisions.cases import read_cases, run_case
from habeas.decisions.decide import Law
from habeas.law.facts import Facts, Value
from habeas.law.vocabulary import Vocabulary
from habeas.proofs.solve import Case, NotReplayed


def golden_text(law: Law, case: Case, day: date, name: str) -> str:
    """A file of one golden case: the case's facts by the law of a day, and what comes out.

    name  the case's sentence

    Raises `NotReplayed` where the file would not pass.
    """
    finding = case.finding
    vocabulary = law.book.vocabulary
    made: dict[str, object] = {"name": name, "place": law.place, "as_of": day}
    made |= stated(case.facts, vocabulary)
    made["expect"] = {case.item: f"{finding.verdict}/{finding.basis}"}
    text = yaml.dump([made], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    with TemporaryDirectory() as folder:
        path = Path(folder, "case.yaml")
        path.write_text(text, encoding="utf-8")
        (again,) = read_cases(path, vocabulary)
        if failures := run_case(law, again):
            raise NotReplayed(f"{case.item}: as a golden case it gives {failures[0].got}")
    return text


def stated(facts: Facts, vocabulary: Vocabulary) -> dict[str, object]:
    """Facts as a golden case states them: `request`, `person`, `items`, tables, `complete`."""
    made: dict[str, object] = {}
    for scope in ("request", "person"):
        found = {n: v for n, v in facts.values.items() if vocabulary.facts[n].scope == scope}
        if found:
            made[scope] = found
    items: dict[str, dict[str, Value]] = {}
    for (item, name), value in facts.items.items():
        items.setdefault(item, {})[name] = value
    if items:
        made["items"] = items
    made |= {table: rows for table, rows in facts.rows.items() if rows}
    complete = [table for table in vocabulary.tables if table in facts.complete]
    if complete:
        made["complete"] = complete
    return made


class _Dumper(yaml.SafeDumper):
    """Writes yes and no as they are written in the cases, and what lies deepest on one line."""

    def ignore_aliases(self, data: object) -> bool:
        """Every value is written out."""
        return True


def _yes_no(dumper: yaml.SafeDumper, value: bool) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:bool", "yes" if value else "no")


def _mapping(dumper: yaml.SafeDumper, value: Mapping[str, object]) -> yaml.Node:
    flat = not any(isinstance(one, dict | list) for one in value.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=flat)


_Dumper.add_representer(bool, _yes_no)
_Dumper.add_representer(dict, _mapping)
