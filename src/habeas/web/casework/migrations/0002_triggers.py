"""What the database holds by itself, whoever writes to it: what was said stays, and two people release.

Both databases refuse the same: a change or removal of what was said, decided, chosen, signed or released; a release
by whoever prepared the answer, of an answer with a choice that is open, of a gift by somebody without the role,
or of a gift that rests on law nobody checked and nobody signed for.
"""

from django.db import migrations

KEPT = (
    "original",
    "arrivalpart",
    "communication",
    "caserequest",
    "statement",
    "answer",
    "way",
    "itemanswer",
    "choice",
    "signature",
    "release",
    "document",
    "service",
    "version",
    "versionsignature",
    "adoption",
    "correction",
)

# What is given: the last choice counts. A condition on `i` (an itemanswer), the same text for both databases.
_CHOSEN = "(SELECT c.give FROM casework_choice c WHERE c.item_id = i.id ORDER BY c.id DESC LIMIT 1)"
_GIVEN = (
    "((i.verdict = 'grant' AND (i.basis = 'required' OR COALESCE({chosen}, {no})))"
    " OR (i.verdict = 'refer' AND i.basis IN ('conflict', 'contested') AND COALESCE({chosen}, {no})))"
)
_ITEMS = (
    "SELECT 1 FROM casework_itemanswer i JOIN casework_way w ON w.id = i.way_id"
    " WHERE w.answer_id = NEW.answer_id AND "
)
_SIGNED = "EXISTS (SELECT 1 FROM casework_signature s WHERE s.answer_id = NEW.answer_id)"

_RELEASED = (
    "EXISTS (SELECT 1 FROM casework_release r JOIN casework_way w ON w.answer_id = r.answer_id"
    " JOIN casework_itemanswer i ON i.way_id = w.id WHERE i.id = NEW.item_id)"
)
_RELEASED_SAID = "nothing is chosen about an answer that was released"
_COUNSEL = (
    "(SELECT COUNT(DISTINCT s.by_id) FROM casework_versionsignature s"
    " JOIN accounts_rolegrant g ON g.user_id = s.by_id JOIN accounts_user u ON u.id = s.by_id"
    " WHERE s.version_id = NEW.version_id AND g.role = 'counsel' AND g.approved_at IS NOT NULL"
    " AND g.ended_at IS NULL AND u.is_active <> {false})"
)
_USED = (
    "COALESCE((SELECT o.digest FROM casework_adoption a JOIN casework_version o ON o.id = a.version_id"
    " WHERE o.kind = (SELECT v.kind FROM casework_version v WHERE v.id = NEW.version_id)"
    " ORDER BY a.id DESC LIMIT 1), '')"
)


def _adoption(false: str) -> list[tuple[str, str]]:
    """Each condition that must not hold when something comes into use, and what is said then."""
    return [
        (
            f"{_COUNSEL.format(false=false)} < 2",
            "what decides comes into use by the signatures of two counsel",
        ),
        (
            f"(SELECT v.replaces FROM casework_version v WHERE v.id = NEW.version_id) <> {_USED}",
            "something else came into use after this was proposed",
        ),
    ]


_FILE = ("file_name", "media_type", "sha256", "size", "kept", "scanned", "taken_by_id", "taken_at")
_FILE_SAID = "a form that came is finished once, and its file is never changed"


def _rules(no: str, false: str) -> list[tuple[str, str]]:
    """Each condition that must not hold when a release is written, and what is said then."""
    given = _GIVEN.format(chosen=_CHOSEN, no=no)
    some = f"EXISTS ({_ITEMS}{given})"
    return [
        (
            "NEW.prepared_by_id <> (SELECT a.prepared_by_id FROM casework_answer a WHERE a.id = NEW.answer_id)",
            "this answer was prepared by somebody else than the release says",
        ),
        (
            "NEW.prepared_by_id = NEW.released_by_id",
            "whoever prepared an answer does not release it",
        ),
        (
            f"EXISTS ({_ITEMS}i.basis = 'permitted' AND i.verdict = 'grant' AND {_CHOSEN} IS NULL)",
            "nobody has chosen whether to give what the law permits",
        ),
        (
            f"NEW.gives = {false} AND {some}",
            "the release says that nothing is given, and something is",
        ),
        (
            f"NEW.gives <> {false} AND NOT {some}",
            "the release says that something is given, and nothing is",
        ),
        (
            f"{some} AND NOT EXISTS (SELECT 1 FROM accounts_rolegrant g JOIN accounts_user u ON u.id = g.user_id"
            " WHERE g.user_id = NEW.released_by_id AND g.role IN ('counsel', 'supervisor')"
            f" AND g.approved_at IS NOT NULL AND g.ended_at IS NULL AND u.is_active <> {false})",
            "whoever releases something that is given is counsel or a supervisor",
        ),
        (
            f"NEW.demo = {false} AND EXISTS ({_ITEMS}i.unchecked <> {false} AND {given}) AND NOT {_SIGNED}",
            "what is given rests on law that nobody checked, and counsel has not signed",
        ),
        (
            f"{some} AND (SELECT a.says_whom FROM casework_answer a WHERE a.id = NEW.answer_id) = {false}"
            f" AND NOT {_SIGNED}",
            "to give anything tells that there is a record, and counsel has not signed",
        ),
    ]


def _sqlite() -> list[str]:
    made = []
    for table in KEPT:
        for what in ("UPDATE", "DELETE"):
            made.append(
                f"CREATE TRIGGER casework_{table}_{what.lower()} BEFORE {what} ON casework_{table} "
                f"BEGIN SELECT RAISE(ABORT, 'casework_{table} is added to, and never changed'); END"
            )
    for name, when in (
        ("file", f"UPDATE OF {', '.join(_FILE)} ON casework_arrival"),
        ("finished", "UPDATE ON casework_arrival WHEN OLD.finished_at IS NOT NULL"),
        ("delete", "DELETE ON casework_arrival"),
    ):
        made.append(
            f"CREATE TRIGGER casework_arrival_{name} BEFORE {when} "
            f"BEGIN SELECT RAISE(ABORT, '{_FILE_SAID}'); END"
        )
    made.append(
        "CREATE TRIGGER casework_choice_open BEFORE INSERT ON casework_choice "
        f"WHEN {_RELEASED} BEGIN SELECT RAISE(ABORT, '{_RELEASED_SAID}'); END"
    )
    for number, (wrong, said) in enumerate(_adoption("0")):
        made.append(
            f"CREATE TRIGGER casework_adoption_door_{number} BEFORE INSERT ON casework_adoption "
            f"WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
    for number, (wrong, said) in enumerate(_rules("0", "0")):
        made.append(
            f"CREATE TRIGGER casework_release_door_{number} BEFORE INSERT ON casework_release "
            f"WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
    return made


def _postgresql() -> list[str]:
    made = [
        "CREATE FUNCTION casework_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is added to, and never changed', TG_TABLE_NAME USING ERRCODE = 'check_violation'; END $$"
    ]
    for table in KEPT:
        made.append(
            f"CREATE TRIGGER casework_{table}_kept BEFORE UPDATE OR DELETE ON casework_{table} "
            "FOR EACH ROW EXECUTE FUNCTION casework_kept()"
        )
        made.append(
            f"CREATE TRIGGER casework_{table}_whole BEFORE TRUNCATE ON casework_{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION casework_kept()"
        )
    made.append(
        "CREATE FUNCTION casework_arrival_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{_FILE_SAID}' USING ERRCODE = 'check_violation'; END $$"
    )
    for name, when, each in (
        ("file", f"UPDATE OF {', '.join(_FILE)} ON casework_arrival", "ROW"),
        ("finished", "UPDATE ON casework_arrival", "ROW WHEN (OLD.finished_at IS NOT NULL)"),
        ("delete", "DELETE ON casework_arrival", "ROW"),
        ("whole", "TRUNCATE ON casework_arrival", "STATEMENT"),
    ):
        made.append(
            f"CREATE TRIGGER casework_arrival_{name} BEFORE {when} "
            f"FOR EACH {each} EXECUTE FUNCTION casework_arrival_kept()"
        )
    made.append(
        "CREATE FUNCTION casework_choice_open() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {_RELEASED} THEN RAISE EXCEPTION '{_RELEASED_SAID}' USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$"
    )
    made.append(
        "CREATE TRIGGER casework_choice_open BEFORE INSERT ON casework_choice "
        "FOR EACH ROW EXECUTE FUNCTION casework_choice_open()"
    )
    adopted = _checks(_adoption("FALSE"))
    made.append(
        "CREATE FUNCTION casework_adoption_doors() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{adopted} RETURN NEW; END $$"
    )
    made.append(
        "CREATE TRIGGER casework_adoption_doors BEFORE INSERT ON casework_adoption "
        "FOR EACH ROW EXECUTE FUNCTION casework_adoption_doors()"
    )
    checks = _checks(_rules("FALSE", "FALSE"))
    made.append(
        "CREATE FUNCTION casework_release_doors() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{checks} RETURN NEW; END $$"
    )
    made.append(
        "CREATE TRIGGER casework_release_doors BEFORE INSERT ON casework_release "
        "FOR EACH ROW EXECUTE FUNCTION casework_release_doors()"
    )
    return made


def _checks(rules) -> str:
    return " ".join(
        f"IF {wrong} THEN RAISE EXCEPTION '{said}' USING ERRCODE = 'check_violation'; END IF;"
        for wrong, said in rules
    )


def make(apps, schema_editor) -> None:
    """Make the triggers of the database at hand."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in _postgresql() if postgresql else _sqlite():
        schema_editor.execute(statement, params=None)  # a `%` is a `%`


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = (("casework", "0001_first"), ("accounts", "0001_first"))
    operations = (migrations.RunPython(make, migrations.RunPython.noop),)
