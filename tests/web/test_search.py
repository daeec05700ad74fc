"""Searching cases by words: one table of examples for both databases; what it looks through; whose doors it keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from habeas.web.casework.intake import communicate, state
from habeas.web.casework.models import Case
from habeas.web.casework.search import found, words_of
from tests.web.canaries import in_trail
from tests.web.conftest import press_request
from tests.web.signing_in import whole

pytestmark = pytest.mark.django_db

EXAMPLES = [
    ("Arrest information, one person", "arrest", True),
    ("Arrest information, one person", "ARREST", True),
    ("Arrest information, one person", "person one", True),
    ("Arrest information, one person", "information arr", True),  # the last word may be begun
    ("Arrest information, one person", "inform arrest", False),  # the others are whole
    ("Arrest information, one person", "rrest", False),  # a word is found from its beginning
    ("Arrest information, one person", "arrest warrant", False),
    ("Records of José Nuñez", "jose nunez", True),
    ("Records of Jose Nunez", "José Nuñez", True),
    ("Records of Jose\u0301 Nun\u0303ez", "JOSÉ NUÑEZ", True),  # accents of their own
    ("Straße und Ørsted", "straße ørsted", True),
    ("Straße und Ørsted", "strasse", False),
    ("Дело Иванова", "иванова", True),
    ("Дело Иванова", "ИВАН", True),
    ("Q&A of 2026-03-09: fee $1,000.50", "2026-03-09", True),
    ("Q&A of 2026-03-09: fee $1,000.50", "q a", True),
    ("Q&A of 2026-03-09: fee $1,000.50", "000.50", True),
    ("Q&A of 2026-03-09: fee $1,000.50", "1000", False),
    ("snake_case and O’Neil’s e-mail", "snake neil mail", True),
    ("snake_case and O’Neil’s e-mail", "snakecase", False),
    ("“Quoted” — then… more", "quoted then more", True),
    ("x" * 40 + " after", "x" * 40, True),
    ("x" * 40 + " after", "x" * 30 + "y", True),  # only the first thirty letters tell words apart
    ("x" * 40 + " after", "x" * 20 + "y", False),
    ("nothing that is asked in a language of its own", "that OR xylophone", False),
    ("nothing that is asked in a language of its own", "NOT xylophone", False),
    ("nothing that is asked in a language of its own", 'that" OR "xylophone', False),
    ("nothing that is asked in a language of its own", "that' | 'xylophone", False),
    ("nothing that is asked in a language of its own", "thing*", False),
    ("nothing that is asked in a language of its own", "agency : nothing", False),
    ("a sign is no word", "-", False),
    ("a sign is no word", "( & ! :* ' \\", False),
    ("a sign is no word", "word\x00", True),
]


def numbers(query: str, *, agency: bool = False) -> list[str]:
    """Numbers of the cases that a text finds."""
    kept = Case.objects.filter(pk__in=found(query, agency=agency))
    return list(kept.order_by("number").values_list("number", flat=True))


@pytest.mark.parametrize(("title", "query", "is_found"), EXAMPLES)
def test_a_case_is_found_by_these_words_and_not_by_those(
    db, title: str, query: str, is_found: bool
) -> None:
    made = bare_case(title=title)
    bare_case(number="2026-000002", title="something else")
    assert numbers(query) == ([made.number] if is_found else [])


def bare_case(number: str = "2026-000001", **more: str) -> Case:
    from habeas.web.accounts.models import User

    clerk = User.objects.get_or_create(username="clerk")[0]
    given = {"title": "T", "agency": "Paper", **more}
    return Case.objects.create(number=number, received_at=timezone.now(), taken_by=clerk, **given)


def test_every_text_of_a_case_is_looked_through(office, people) -> None:
    case = press_request(
        people["intake"], reference="RF-17", attention="Desk of Ada Quill\n12 Fern Street"
    )
    other = press_request(people["intake"], agency="Someone Else", title="Anything")
    state(
        people["counsel"], case.requests.get(), "purpose", "research", speaks="counsel",
        reason="a turnip",
    )  # fmt: skip
    communicate(
        people["intake"], case=case, direction="made", channel="call", agency="Parsnip Office",
        other="Mr. Leek", at=timezone.now(), asked="Whether chard", told="That kale",
    )  # fmt: skip
    communicate(
        people["intake"], case=None, direction="made", channel="call", agency="Celery",
        at=timezone.now(), asked="of no case",
    )  # fmt: skip
    for word in (
        case.number, "arrest", "courier", "rf-17", "quill", "fern", "turnip", "parsnip", "leek",
        "chard", "kale", "turnip kale courier",
    ):  # fmt: skip
        assert numbers(word) == [case.number], word
    assert numbers("celery") == [] and numbers("something") == []
    assert numbers("someone") == [other.number]
    # A word of any other field is none of the agency's.
    assert numbers("courier", agency=True) == [case.number]
    assert numbers("fir cour", agency=True) == [case.number]
    assert numbers("parsnip", agency=True) == numbers("arrest", agency=True) == []


def test_what_is_changed_or_undone_is_searched_as_it_is(office, people) -> None:
    case = press_request(people["intake"])
    state(
        people["counsel"], case.requests.get(), "purpose", "research", speaks="counsel",
        reason="a turnip",
    )  # fmt: skip
    Case.objects.filter(pk=case.pk).update(title="A rutabaga", agency="The Oak Post")
    assert numbers("rutabaga turnip") == numbers("oak", agency=True) == [case.number]
    assert numbers("arrest") == numbers("courier", agency=True) == []
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        press_request(people["intake"], title="Undone", received_at=case.received_at)
        raise ZeroDivisionError
    assert numbers("undone") == []


def test_a_long_letter_with_many_words_is_kept_and_does_not_fail(office, people) -> None:
    case = press_request(people["intake"])
    told = " ".join(f"wort{n:06}é" for n in range(20_000)) + " " + "ж" * 300_000
    made = communicate(
        people["intake"], case=case, direction="received", channel="letter", agency="X",
        at=timezone.now() - timedelta(hours=1), told=told,
    )  # fmt: skip
    made.refresh_from_db()
    assert made.told == told and numbers("courier") == [case.number]


def test_only_who_may_see_cases_searches_and_no_word_is_in_the_trail(office, people) -> None:
    press_request(people["intake"], title="Canary-Word")
    assert whole(people["administrator"]).get("/cases/?q=canary").status_code == 403
    seen = whole(people["auditor"]).get("/cases/?q=canary-word")
    assert "1 case" in seen.content.decode()
    assert not in_trail(["canary", "Canary-Word"])


def test_words_are_told_apart_as_the_database_does() -> None:
    assert words_of("José’s Q&A, 2026-000001_x") == ["jose", "s", "q", "a", "2026", "000001", "x"]
    assert words_of(" -- ") == []


def test_the_list_asks_the_index(db) -> None:
    plan = Case.objects.filter(pk__in=found("fir")).explain()
    assert "casework_words" in plan and connection.vendor in ("sqlite", "postgresql")
