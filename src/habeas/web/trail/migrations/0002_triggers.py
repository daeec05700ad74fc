"""What makes the trail one that can be added to, and not changed: the database itself refuses.

SQLite drops a table's triggers when a later migration makes the table anew: such a migration calls `make` again.
"""

from typing import Any

from django.db import migrations

TABLES = ("trail_event", "trail_anchor")
STAYS = "the audit trail cannot be changed: what was recorded stays"
FOLLOWS = "an event follows the last one of the audit trail"

_SQLITE_CHANGES = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{stays}'); END
"""

# Before an insert, too: `INSERT OR REPLACE` takes a row away and fires no trigger of deletion.
_SQLITE_FOLLOWS = f"""
CREATE TRIGGER trail_event_follows BEFORE INSERT ON trail_event
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM trail_event)
  OR NEW.before IS NOT coalesce((SELECT digest FROM trail_event ORDER BY number DESC LIMIT 1), '{"0" * 64}')
  OR EXISTS (SELECT 1 FROM trail_event WHERE digest = NEW.digest)
BEGIN SELECT RAISE(ABORT, '{FOLLOWS}'); END
"""
_SQLITE_NEW = f"""
CREATE TRIGGER trail_anchor_new BEFORE INSERT ON trail_anchor
WHEN EXISTS (SELECT 1 FROM trail_anchor WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, '{STAYS}'); END
"""

_POSTGRESQL = f"""
CREATE FUNCTION trail_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{STAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$;

CREATE FUNCTION trail_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last record;
BEGIN
  SELECT number, digest INTO last FROM trail_event ORDER BY number DESC LIMIT 1;
  IF NEW.number IS DISTINCT FROM coalesce(last.number, 0) + 1
    OR NEW.before IS DISTINCT FROM coalesce(last.digest, repeat('0', 64)) THEN
    RAISE EXCEPTION '{FOLLOWS}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER trail_event_follows BEFORE INSERT ON trail_event
FOR EACH ROW EXECUTE FUNCTION trail_follows();
"""
_POSTGRESQL_CHANGES = """
CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION trail_stays()
"""
# For `reading.events`, which looks for how `about` begins; SQLite would not use them.
_POSTGRESQL_BEGINS = """
CREATE INDEX trail_event_begins ON trail_event (upper(about::text) text_pattern_ops);
CREATE INDEX trail_event_rest ON trail_event (
  upper(substr(about, strpos(about, ' ') + 1)::text) text_pattern_ops);
"""
_POSTGRESQL_GONE = "DROP FUNCTION trail_stays() CASCADE; DROP FUNCTION trail_follows() CASCADE"


def make(apps: Any, schema_editor: Any) -> None:
    """Make the triggers of the database at hand."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRESQL + _POSTGRESQL_BEGINS, params=None)
        for table in TABLES:
            schema_editor.execute(_POSTGRESQL_CHANGES.format(table=table))
        return
    for table in TABLES:
        for verb in ("update", "delete"):
            schema_editor.execute(_SQLITE_CHANGES.format(table=table, verb=verb, stays=STAYS))
    schema_editor.execute(_SQLITE_FOLLOWS)
    schema_editor.execute(_SQLITE_NEW)


def drop(apps: Any, schema_editor: Any) -> None:
    """Take them away, for a migration back."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRESQL_GONE, params=None)
        return
    for table in TABLES:
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")
    schema_editor.execute("DROP TRIGGER trail_event_follows")
    schema_editor.execute("DROP TRIGGER trail_anchor_new")


class Migration(migrations.Migration):
    """After the tables."""

    dependencies = [("trail", "0001_first")]
    operations = [migrations.RunPython(make, drop)]
