"""The words that cases are found by (`casework/search.py`), kept by the database itself.

SQLite: a table of FTS5. PostgreSQL: a table with a `tsvector` a case, whose words are made here, not by a parser of
PostgreSQL's, which would take `2026-000001` for two numbers, the second below zero. Nothing of it can make a row that is
stored fail: of one case at most about 8,000 different words of 30 letters are kept, below what a `tsvector` holds.
"""

from django.db import migrations

_CASE = ("number", "title", "agency", "attention", "reference")
_TOLD = ("agency", "other", "asked", "told")


def _joined(row: str, columns: tuple[str, ...]) -> str:
    return " || ' ' || ".join(f"{row}.{column}" for column in columns)


def _sqlite() -> list[str]:
    said = (
        "coalesce((SELECT group_concat(s.reason, ' ') FROM casework_statement s JOIN casework_caserequest q"
        " ON q.id = s.request_id WHERE q.case_id = NEW.id), '')"
    )
    told = (
        f"coalesce((SELECT group_concat({_joined('c', _TOLD)}, ' ') FROM casework_communication c"
        " WHERE c.case_id = NEW.id), '')"
    )
    of_case = _joined("NEW", _CASE)
    return [
        "CREATE VIRTUAL TABLE casework_words USING fts5("
        "words, agency, detail = column, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2')",
        "CREATE TRIGGER casework_words_case AFTER INSERT ON casework_case BEGIN "
        f"INSERT INTO casework_words (rowid, words, agency) VALUES (NEW.id, {of_case}, NEW.agency); END",
        f"CREATE TRIGGER casework_words_changed AFTER UPDATE OF {', '.join(_CASE)} ON casework_case BEGIN "
        f"UPDATE casework_words SET words = {of_case} || ' ' || {said} || ' ' || {told}, agency = NEW.agency"
        " WHERE rowid = NEW.id; END",
        "CREATE TRIGGER casework_words_gone AFTER DELETE ON casework_case BEGIN "
        "DELETE FROM casework_words WHERE rowid = OLD.id; END",
        "CREATE TRIGGER casework_words_said AFTER INSERT ON casework_statement WHEN NEW.reason <> '' BEGIN "
        "UPDATE casework_words SET words = words || ' ' || NEW.reason"
        " WHERE rowid = (SELECT case_id FROM casework_caserequest WHERE id = NEW.request_id); END",
        "CREATE TRIGGER casework_words_told AFTER INSERT ON casework_communication"
        " WHEN NEW.case_id IS NOT NULL BEGIN "
        f"UPDATE casework_words SET words = words || ' ' || {_joined('NEW', _TOLD)}"
        " WHERE rowid = NEW.case_id; END",
    ]


# What parts words: signs of ASCII, of Latin-1 but its letters, and the general and the ideographic punctuation.
_PARTS = (
    r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    r"\u2000-\u206f\u3000-\u303f]+"
)
_ACCENTS = r"[\u0300-\u036f]"


def _postgresql() -> list[str]:
    said = (
        "coalesce((SELECT string_agg(s.reason, ' ') FROM casework_statement s JOIN casework_caserequest q"
        " ON q.id = s.request_id WHERE q.case_id = NEW.id), '')"
    )
    told = (
        f"coalesce((SELECT string_agg({_joined('c', _TOLD)}, ' ') FROM casework_communication c"
        " WHERE c.case_id = NEW.id), '')"
    )
    of_case = _joined("NEW", _CASE)
    add = "UPDATE casework_words SET words = words || casework_words_of({text}, '') WHERE {which} AND length(words) < 4000"
    return [
        "CREATE TABLE casework_words (case_id bigint PRIMARY KEY REFERENCES casework_case (id) ON DELETE CASCADE,"
        " words tsvector NOT NULL)",
        "CREATE INDEX casework_words_index ON casework_words USING gin (words)",
        "CREATE FUNCTION casework_words_of(told text, mark text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$ "
        "SELECT coalesce(array_to_tsvector(array_agg(mark || word)), ''::tsvector) FROM ("
        "SELECT DISTINCT left(one, 30) AS word FROM unnest(string_to_array(regexp_replace(lower(regexp_replace("
        f"normalize(told, NFD), '{_ACCENTS}', '', 'g')), '{_PARTS}', ' ', 'g'), ' ')) one"
        " WHERE one <> '' LIMIT 4000) each $$",
        "CREATE FUNCTION casework_words_case() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'INSERT' THEN INSERT INTO casework_words VALUES (NEW.id,"
        f" casework_words_of({of_case}, '') || casework_words_of(NEW.agency, '@')); "
        f"ELSE UPDATE casework_words SET words = casework_words_of({of_case} || ' ' || {said} || ' ' || {told}, '')"
        " || casework_words_of(NEW.agency, '@') WHERE case_id = NEW.id; END IF; RETURN NULL; END $$",
        "CREATE FUNCTION casework_words_said() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        + add.format(
            text="NEW.reason",
            which="case_id = (SELECT q.case_id FROM casework_caserequest q WHERE q.id = NEW.request_id)",
        )
        + "; RETURN NULL; END $$",
        "CREATE FUNCTION casework_words_told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        + add.format(text=_joined("NEW", _TOLD), which="case_id = NEW.case_id")
        + "; RETURN NULL; END $$",
        "CREATE TRIGGER casework_words_case AFTER INSERT ON casework_case"
        " FOR EACH ROW EXECUTE FUNCTION casework_words_case()",
        f"CREATE TRIGGER casework_words_changed AFTER UPDATE OF {', '.join(_CASE)} ON casework_case"
        " FOR EACH ROW EXECUTE FUNCTION casework_words_case()",
        "CREATE TRIGGER casework_words_said AFTER INSERT ON casework_statement"
        " FOR EACH ROW WHEN (NEW.reason <> '') EXECUTE FUNCTION casework_words_said()",
        "CREATE TRIGGER casework_words_told AFTER INSERT ON casework_communication"
        " FOR EACH ROW WHEN (NEW.case_id IS NOT NULL) EXECUTE FUNCTION casework_words_told()",
    ]


def make(apps, schema_editor) -> None:
    """Make table and triggers of the database at hand."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in _postgresql() if postgresql else _sqlite():
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """Words."""

    dependencies = (("casework", "0002_triggers"),)
    operations = (migrations.RunPython(make, migrations.RunPython.noop),)
