"""Facts that are kept read back as what was kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.errors import InputError
from habeas.law.facts import Facts, Said, Value
from habeas.law.vocabulary import Fact, Vocabulary
from habeas.records import Person, read_records, write_sample
from habeas.records import kept as module
from habeas.records.kept import KeptFacts, facts_json, read_kept
from tests.conftest import LAWS


def kept(people: list[Person], path: Path) -> Path:
    taken = KeptFacts()
    for one in people:
        taken.add(one)
    path.write_bytes(taken.done())
    return path


def test_a_jail_reads_back_the_same_in_the_same_order_however_small_the_groups(
    tmp_path: Path, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sample(tmp_path / "jail", 50, 2)
    people = list(read_records(tmp_path / "jail", None, vocabulary).people())
    monkeypatch.setattr(module, "GROUP", 7)
    again = read_kept(kept(people[::-1], tmp_path / "facts.parquet"), vocabulary)
    for was, now in zip(people[::-1], again.people(), strict=True):
        assert (now.id, now.facts) == (was.id, was.facts)
    assert again.ids() == tuple(one.id for one in people[::-1])
    found = again.get(people[9].id)
    assert found is not None and found.facts == people[9].facts
    assert again.get("nobody") is None


def values_of(fact: Fact) -> st.SearchStrategy[Value]:
    match fact.type:
        case "yes/no":
            return st.booleans()
        case "date":
            return st.dates(date(1900, 1, 1), date(2100, 1, 1))
        case "number":
            return st.integers(-(10**17), 10**17)
        case "place":
            return st.sampled_from(["us", "us-ca", "us-tx"])
        case _ if fact.words:
            return st.sampled_from(sorted(fact.words))
    return st.text(min_size=1).map(lambda text: f"x{text}x".replace("\0", "")).filter(str.strip)


@st.composite
def people(draw: st.DrawFn, vocabulary: Vocabulary) -> Person:
    """Somebody of whom anything is known that records can say."""
    of_person = [f for f in vocabulary.facts.values() if f.scope == "person"]
    values = {f.name: draw(values_of(f)) for f in draw(st.lists(st.sampled_from(of_person)))}
    items = {(item, "public"): draw(st.booleans()) for item in draw(st.lists(st.sampled_from(sorted(vocabulary.items))))}  # fmt: skip
    rows = {}
    for table in draw(st.lists(st.sampled_from(sorted(vocabulary.tables)), unique=True)):
        columns = list(vocabulary.tables[table].values())
        rows[table] = [
            {f.name: draw(values_of(f)) for f in draw(st.lists(st.sampled_from(columns)))}
            for _ in range(draw(st.integers(1, 3)))
        ]
    complete = frozenset(draw(st.lists(st.sampled_from(sorted(vocabulary.tables)))))
    return Person(draw(st.text(min_size=1)).encode("utf-8", "ignore").decode() or "x", Facts(values, items, rows, complete), frozenset())  # fmt: skip


@given(st.data())
def test_whatever_is_known_of_somebody_reads_back(data: st.DataObject) -> None:
    import tempfile

    from habeas.law.source import Source
    from habeas.law.vocabulary import read_vocabulary

    words = read_vocabulary(Source.read(LAWS / "vocabulary.md", "laws/vocabulary.md"))
    person = data.draw(people(words))
    with tempfile.TemporaryDirectory() as folder:
        [again] = read_kept(kept([person], Path(folder) / "f.parquet"), words).people()
    assert (again.id, again.facts) == (person.id, person.facts)


def test_what_the_requester_said_is_not_kept_as_if_the_records_had_said_it() -> None:
    facts = Facts({"minor": True}, sources={"minor": (Said("requester"),)})
    with pytest.raises(ValueError, match="somebody else said"):
        KeptFacts().add(Person("1", facts, frozenset()))


def test_files_that_are_none_of_ours_are_refused(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "facts.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match="not a whole Parquet file"):
        read_kept(path, vocabulary)
    whole = kept([Person("1", Facts({"minor": True}), frozenset())], path).read_bytes()
    path.write_bytes(whole[:-9])
    with pytest.raises(InputError, match="not a whole Parquet file"):
        read_kept(path, vocabulary)


def test_nothing_known_takes_no_room() -> None:
    assert facts_json(Facts()) == "{}"
