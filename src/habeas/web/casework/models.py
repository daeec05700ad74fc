"""Cases, and all that is kept of them.

    Arrival ─ Case ─ Original, Communication ─ CaseRequest ─ Statement ─ Answer ─ (Way, ItemAnswer) ─ Choice, Signature ─ Release ─ Document

Promise: what somebody said, decided, chose or released is added and never changed (triggers, on both databases);
the doors before a release are conditions of the database as well (`migrations/0002_triggers.py`).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from habeas.law.facts import SPEAKERS
from habeas.web.accounts.models import User

_KEPT = models.PROTECT


SORTED = ("agency", "received_at", "state", "title")
"""What the list of cases is sorted by, beside the number."""


class Case(models.Model):
    """What an agency, or somebody, asked for on one occasion.

    number        `2026-000001`; the one name by which it is known outside
    agency        who asks, as the letter addresses it
    attention     the person there, and lines of the address
    reference     the requester's own
    received_at   when the office received it
    state         see `STATES`
    """

    OPEN, ANSWERED, CLOSED = "open", "answered", "closed"
    STATES = (OPEN, ANSWERED, CLOSED)

    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    agency = models.CharField(max_length=200)
    attention = models.TextField(blank=True)
    reference = models.CharField(max_length=100, blank=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=OPEN, choices=[(one, one) for one in STATES])
    taken_by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-number",)
        indexes = (
            models.Index(fields=("state", "received_at")),
            *(models.Index(fields=(one, "number")) for one in SORTED),
        )

    def __str__(self) -> str:
        return self.number


class Original(models.Model):
    """A paper or file as it came: encrypted, by its digest, never altered.

    scanned  whether a virus scanner looked at it
    """

    case = models.ForeignKey(Case, on_delete=_KEPT, related_name="originals")
    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    kept = models.CharField(max_length=200)
    scanned = models.BooleanField(default=False)
    taken_by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.file_name


class Arrival(models.Model):
    """A form that came as a file and was read: a case is made of it, or it is set aside with a reason.

    scanned  whether a virus scanner looked at the file
    why      the reason, where it was set aside
    """

    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    kept = models.CharField(max_length=200)
    scanned = models.BooleanField(default=False)
    taken_by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    taken_at = models.DateTimeField(default=timezone.now)
    case = models.ForeignKey(Case, on_delete=_KEPT, null=True, related_name="arrivals")
    why = models.TextField(blank=True)
    finished_by = models.ForeignKey(User, on_delete=_KEPT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="arrival_finished",
                condition=Q(finished_at__isnull=True, case__isnull=True, why="")
                | Q(finished_at__isnull=False, case__isnull=False, why="")
                | (Q(finished_at__isnull=False, case__isnull=True) & ~Q(why="")),
            ),
        )

    def __str__(self) -> str:
        return f"form {self.pk}"


class ArrivalPart(models.Model):
    """Something that belongs to a form that came, encrypted as the form is; the last of a name counts.

    name  `reading`: the fields as read; `page-1`: the picture of a page; `said`: what a person entered and confirmed
    """

    arrival = models.ForeignKey(Arrival, on_delete=_KEPT, related_name="parts")
    name = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    kept = models.CharField(max_length=200)
    by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.arrival}: {self.name}"


class Communication(models.Model):
    """A call, a visit, a letter: what was asked and said, and what was disclosed by it.

    direction  `received` from the agency or `made` to it
    channel    see `CHANNELS`
    items      items of the vocabulary that were disclosed in it
    """

    DIRECTIONS = ("received", "made")
    CHANNELS = ("call", "visit", "letter", "e-mail", "fax", "portal")

    case = models.ForeignKey(Case, on_delete=_KEPT, null=True, related_name="communications")
    direction = models.CharField(max_length=10, choices=[(one, one) for one in DIRECTIONS])
    channel = models.CharField(max_length=10, choices=[(one, one) for one in CHANNELS])
    agency = models.CharField(max_length=200)
    other = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    asked = models.TextField(blank=True)
    told = models.TextField(blank=True)
    items = models.JSONField(default=list)
    by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.channel} {self.direction}, {self.agency}"


class Incident(models.Model):
    """A disclosure without a release: somebody has to look at it."""

    communication = models.OneToOneField(Communication, on_delete=_KEPT, related_name="incident")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey(User, on_delete=_KEPT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    finding = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"incident {self.pk}"


class CaseRequest(models.Model):
    """One request as the law decides it; a case has one or more.

    position    from 1; with the case's number it is the request's id
    items       items of the vocabulary, groups expanded
    selects_on  items by which it chooses among people
    person      the id of the person that it names; empty: it asks about all records
    linked      another request of the same paper (a Form I-247A is two)
    """

    case = models.ForeignKey(Case, on_delete=_KEPT, related_name="requests")
    position = models.PositiveIntegerField()
    items = models.JSONField()
    selects_on = models.JSONField(default=list)
    person = models.CharField(max_length=100, blank=True)
    linked = models.ForeignKey("self", on_delete=_KEPT, null=True, related_name="+")

    class Meta:
        ordering = ("case", "position")
        constraints = (
            models.UniqueConstraint(name="request_position", fields=("case", "position")),
        )

    @property
    def id_text(self) -> str:
        """The request's id: `2026-000001-1`."""
        return f"{self.case.number}-{self.position}"

    def __str__(self) -> str:
        return self.id_text


class Statement(models.Model):
    """What somebody says of one fact.

    path      as `habeas.law.facts` writes it: `purpose`, `release_date.ordered`
    value     a JSON value; null: what was said before is taken back, and the fact is unknown
    source    who says it (law language, section 3)
    known_on  the day from which it was known
    reason    why; a judgement has one, and so has whoever contradicts what was said before
    """

    request = models.ForeignKey(CaseRequest, on_delete=_KEPT, related_name="statements")
    path = models.CharField(max_length=100)
    value = models.JSONField(null=True)
    source = models.CharField(max_length=10, choices=[(one, one) for one in SPEAKERS])
    known_on = models.DateField()
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.path}: {self.value}"


class Answer(models.Model):
    """What the law says of one request on one day, as somebody prepared it; the newest counts.

    law         digest of the law that decided
    mapping     digest of the adopted mapping that the records were read by; empty: a demo's own
    as_of       the day of law
    asked       the request as it was decided, as JSON
    facts       the kept facts of the people (`habeas.records.kept`), encrypted, by name
    says_whom   whether the requester may know that records exist
    people      how many were decided about
    """

    request = models.ForeignKey(CaseRequest, on_delete=_KEPT, related_name="answers")
    law = models.CharField(max_length=64)
    mapping = models.CharField(max_length=64, blank=True)
    as_of = models.DateField()
    asked = models.JSONField()
    facts = models.JSONField()
    says_whom = models.BooleanField()
    people = models.PositiveIntegerField()
    last_statement = models.BigIntegerField(default=0)
    prepared_by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    prepared_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.request} on {self.as_of}"


class Way(models.Model):
    """People of an answer who get the same of everything: one person, where the request names one."""

    answer = models.ForeignKey(Answer, on_delete=_KEPT, related_name="ways")
    number = models.PositiveIntegerField()
    people = models.JSONField()

    class Meta:
        ordering = ("answer", "number")
        constraints = (models.UniqueConstraint(name="way_number", fields=("answer", "number")),)

    def __str__(self) -> str:
        return f"{self.answer}, way {self.number}"


class ItemAnswer(models.Model):
    """What the law says of one item, for everybody of one way.

    decision   all of the decision as JSON (law language, section 6)
    unchecked  whether it rests on law that nobody checked
    """

    way = models.ForeignKey(Way, on_delete=_KEPT, related_name="items")
    position = models.PositiveIntegerField()
    item = models.CharField(max_length=50)
    verdict = models.CharField(max_length=10)
    basis = models.CharField(max_length=20)
    unchecked = models.BooleanField()
    decision = models.JSONField()

    class Meta:
        ordering = ("way", "position")
        constraints = (models.UniqueConstraint(name="item_once", fields=("way", "item")),)

    def __str__(self) -> str:
        return f"{self.item}: {self.verdict}"


class Choice(models.Model):
    """Whether to give what the law permits, or leaves to counsel; the newest counts."""

    item = models.ForeignKey(ItemAnswer, on_delete=_KEPT, related_name="choices")
    give = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        constraints = (models.CheckConstraint(name="choice_reason", condition=~Q(reason="")),)

    def __str__(self) -> str:
        return "give" if self.give else "withhold"


class Signature(models.Model):
    """Counsel's, for the law that this answer rests on and that nobody checked."""

    answer = models.ForeignKey(Answer, on_delete=_KEPT, related_name="signatures")
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        constraints = (models.CheckConstraint(name="signature_reason", condition=~Q(reason="")),)

    def __str__(self) -> str:
        return f"{self.by}, {self.at:%Y-%m-%d}"


class Release(models.Model):
    """An answer went out: by somebody else than who prepared it, after its entry was in the log.

    gives    whether anything is given
    demo     whether the office is one of people who do not exist
    entries  places of its entries in the log
    receipt  names of the receipts' files
    """

    answer = models.OneToOneField(Answer, on_delete=_KEPT, related_name="release")
    gives = models.BooleanField()
    demo = models.BooleanField()
    prepared_by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    released_by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    released_at = models.DateTimeField(default=timezone.now)
    reason = models.TextField(blank=True)
    receipts = models.JSONField()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                name="release_two_people", condition=~Q(prepared_by=F("released_by"))
            ),
            models.CheckConstraint(name="release_receipt", condition=~Q(receipts=[])),
        )

    def __str__(self) -> str:
        return f"release of {self.answer}"


class Document(models.Model):
    """A paper that a release made: letter, package, notice; encrypted, by its digest.

    kind      `letter`, `package`, `table` or the name of a notice
    language  of the text; of a package, empty
    valid     whether its text may count as served: a translation that nobody reviewed may not
    """

    release = models.ForeignKey(Release, on_delete=_KEPT, related_name="documents")
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=8, blank=True)
    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    kept = models.CharField(max_length=200)
    valid = models.BooleanField(default=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.file_name


class Task(models.Model):
    """Something that is owed, and by when.

    kind   an act of a duty, or `answer`, `page on call`
    due    a day; empty: promptly
    """

    ANSWER, ON_CALL, CORRECTION = "answer", "page on call", "tell of a correction"

    case = models.ForeignKey(Case, on_delete=_KEPT, related_name="tasks")
    request = models.ForeignKey(CaseRequest, on_delete=_KEPT, null=True, related_name="tasks")
    kind = models.CharField(max_length=50)
    duty = models.CharField(max_length=200, blank=True)
    due = models.DateField(null=True)
    certain = models.BooleanField(default=True)
    opened_at = models.DateTimeField(default=timezone.now)
    done_by = models.ForeignKey(User, on_delete=_KEPT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ("due", "pk")
        indexes = (
            models.Index(name="task_open", fields=("due", "id"), condition=Q(done_at__isnull=True)),
        )
        constraints = (
            models.UniqueConstraint(
                name="task_once",
                fields=("case", "request", "kind", "duty"),
                condition=Q(done_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} ({self.case})"


class Service(models.Model):
    """How a paper was handed over, or that it was not."""

    OUTCOMES = ("served", "refused", "failed")

    document = models.ForeignKey(Document, on_delete=_KEPT, related_name="services")
    outcome = models.CharField(max_length=10, choices=[(one, one) for one in OUTCOMES])
    how = models.CharField(max_length=100)
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.document}: {self.outcome}"


class Version(models.Model):
    """Something that decides, as somebody proposes it; its bytes are kept here for ever.

    kind        see `KINDS`: the law, the mapping of the records, the wording of the papers
    digest      SHA-256 over its files (law language, section 6); of law, those of the office's place
    files       each file's text, by path
    checked     what the check said of it
    difference  what it changes against what was in use, in words
    replaces    the digest that was in use when it was proposed; empty: none
    """

    LAW, MAPPING, WORDING = "law", "mapping", "wording"
    KINDS = (LAW, MAPPING, WORDING)

    kind = models.CharField(max_length=10, choices=[(one, one) for one in KINDS])
    digest = models.CharField(max_length=64)
    place = models.CharField(max_length=60)
    files = models.JSONField()
    checked = models.TextField()
    difference = models.TextField()
    replaces = models.CharField(max_length=64, blank=True)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.digest[:12]


class VersionSignature(models.Model):
    """One counsel's, for a version whose difference she read."""

    version = models.ForeignKey(Version, on_delete=_KEPT, related_name="signatures")
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(name="version_signature_once", fields=("version", "by")),
            models.CheckConstraint(name="version_signature_reason", condition=~Q(reason="")),
        )

    def __str__(self) -> str:
        return f"{self.by}: {self.version}"


class Adoption(models.Model):
    """A version came into use: two counsel signed; the newest of its kind counts.

    receipt  name of the receipt's file: the digest is in the public log
    """

    version = models.OneToOneField(Version, on_delete=_KEPT, related_name="adoption")
    at = models.DateTimeField(default=timezone.now)
    receipt = models.CharField(max_length=200)

    class Meta:
        ordering = ("pk",)
        constraints = (models.CheckConstraint(name="adoption_receipt", condition=~Q(receipt="")),)

    def __str__(self) -> str:
        return f"{self.version} from {self.at:%Y-%m-%d}"


class Correction(models.Model):
    """A record of somebody was wrong and was corrected; whoever was furnished with it is told.

    person  her id in the records
    items   what was wrong, items of the vocabulary
    what    in words, for the office
    """

    person = models.CharField(max_length=100)
    items = models.JSONField()
    what = models.TextField()
    by = models.ForeignKey(User, on_delete=_KEPT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        constraints = (models.CheckConstraint(name="correction_what", condition=~Q(what="")),)

    def __str__(self) -> str:
        return f"correction {self.pk}"
