"""Answering: what the law says is prepared by one person, and released by another.

    CaseRequest  ->  prepare  ->  Answer  ->  choose, sign  ->  release  ->  entry, receipt, Release, Documents

Promise: nothing leaves without a second person, an entry in the public log and its receipt, and papers that were
looked through for every value that is withheld; whatever fails, nothing has left.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.acts import act, alone
from habeas.web.casework.adopting import digest_in_use
from habeas.web.casework.doors import (
    COUNSEL_MAY_GIVE,
    FOR_COUNSEL,
    closed_doors,
    closed_for,
    gives,
    released,
    seen,
    waits,
)
from habeas.web.casework.engine import asked_json, decided, engine_request, says_whom
from habeas.web.casework.entries import record_in_log
from habeas.web.casework.errors import refuse
from habeas.web.casework.models import (
    Answer,
    Case,
    CaseRequest,
    Choice,
    Document,
    ItemAnswer,
    Release,
    Service,
    Signature,
    Task,
    Version,
    Way,
)
from habeas.web.casework.papers import papers_of
from habeas.web.casework.safe import Kept, get, put


def prepare(user: User, request: CaseRequest, *, source: str = "") -> Answer:
    """Decide all of a request under today's law, and keep what was decided and by what.

    Raises `HabeasError` where law, records or statements cannot be read; then nothing is kept.
    """
    today = timezone.localdate()
    about = f"case {request.case.number}"
    with act(user, Act.PREPARE, about=about, source=source) as told:
        alone(request.case)
        last = request.statements.last()
        asked = engine_request(request)
        found = decided(request, today)
        assert found.facts is not None  # noqa: S101 - `answer_of` keeps them
        kept = put(found.facts.to_pybytes())
        answer = Answer.objects.create(
            request=request,
            law=found.law.digest,
            mapping=digest_in_use(Version.MAPPING),
            as_of=today,
            asked=asked_json(asked),
            facts={"sha256": kept.sha256, "size": kept.size, "name": kept.name},
            says_whom=says_whom(asked, today),
            people=len(found.decisions.people),
            last_statement=last.pk if last else 0,
            prepared_by=user,
        )
        _keep_ways(answer, found.decisions)
        _keep_duties(answer)
        told.detail = {"request": request.position, "answer": answer.pk, "law": answer.law}
    return answer


def choose(user: User, item: ItemAnswer, *, give: bool, reason: str, source: str = "") -> Choice:
    """Choose whether to give what the law permits, or what it leaves to counsel.

    Raises `RefusedError`: there is nothing to choose, it was released already, no reason is given.
    """
    answer = item.way.answer
    wanted = Act.SIGN_LAW if item.verdict == "refer" else Act.CHOOSE
    about = f"case {answer.request.case.number}"
    with act(user, wanted, f"choose on {item.item}", about, source=source) as told:
        alone(answer.request.case)
        if released(answer):
            raise refuse(item.item, "the answer was released", "prepare a new one")
        if item.verdict == "deny" or item.basis == "required":
            raise refuse(
                item.item,
                "the law leaves no choice here",
                "a fact that is wrong is to be corrected",
            )
        if item.verdict == "refer" and item.basis not in FOR_COUNSEL:
            raise refuse(item.item, "facts are missing", "state them, and prepare the answer anew")
        if give and item.verdict == "refer" and item.basis not in COUNSEL_MAY_GIVE:
            raise refuse(
                item.item,
                "this cannot be given by choosing",
                "a judgement is stated, and a selection is not answered",
            )
        if not reason.strip():
            raise refuse(item.item, "a reason is wanted", "write why")
        made = Choice.objects.create(item=item, give=give, reason=reason.strip(), by=user)
        told.detail = {"answer": answer.pk, "item": item.item, "give": give}
    return made


def sign(user: User, answer: Answer, reason: str, *, source: str = "") -> Signature:
    """Sign, as counsel, for the law that an answer rests on and that nobody checked."""
    about = f"case {answer.request.case.number}"
    with act(user, Act.SIGN_LAW, about=about, source=source) as told:
        alone(answer.request.case)
        if released(answer):
            raise refuse("signature", "the answer was released", "prepare a new one")
        if not reason.strip():
            raise refuse("signature", "a reason is wanted", "write what you looked at")
        made = Signature.objects.create(answer=answer, reason=reason.strip(), by=user)
        told.detail = {"answer": answer.pk}
    return made


def release(
    user: User, answer: Answer, *, reason: str = "", looked_at: str | None = None, source: str = ""
) -> Release:
    """Release an answer: papers are made and looked through, the log has its entry, then it is out.

    looked_at  what `doors.seen` said when she looked; left out: nobody looked through another program

    Raises `RefusedError` where a door is closed or something was chosen or signed since she looked, `HabeasError`
    where papers or the log fail; then nothing is released, though the log may hold an entry of what was decided.
    """
    case = answer.request.case
    wanted = Act.RELEASE_GRANT if gives(answer) else Act.RELEASE
    with act(user, wanted, about=f"case {case.number}", source=source) as told:
        case = alone(case)
        if looked_at is not None and looked_at != seen(answer):
            raise refuse("seen", "the answer is another than you looked at", "look at it again")
        doors = [*closed_doors(answer, timezone.localdate()), *closed_for(answer, user)]
        if doors:
            raise refuse("release", doors[0].what, f"for {doors[0].who}")
        papers = papers_of(answer)
        receipts = record_in_log(answer)
        made = Release.objects.create(
            answer=answer,
            gives=gives(answer),
            demo=settings.OFFICE.demo,
            prepared_by=answer.prepared_by,
            released_by=user,
            reason=reason.strip(),
            receipts=receipts,
        )
        for paper in papers:
            kept = put(paper.data)
            Document.objects.create(
                release=made,
                kind=paper.kind,
                language=paper.language,
                file_name=paper.file_name,
                media_type=paper.media_type,
                sha256=kept.sha256,
                size=kept.size,
                kept=kept.name,
                valid=paper.valid,
            )
        _settle(case, user)
        told.detail = {"answer": answer.pk, "documents": len(papers), "receipts": len(receipts)}
    return made


def document_bytes(document: Document) -> bytes:
    """A released paper. Raises `HabeasError` where it is not as it was."""
    return get(Kept(document.sha256, document.size, document.kept))


def serve(
    user: User,
    document: Document,
    *,
    outcome: str,
    how: str,
    at: Any,
    note: str = "",
    source: str = "",
) -> Service:
    """Record how a paper was handed over, or that it was not."""
    about = f"case {document.release.answer.request.case.number}"
    with act(user, Act.SERVE, about=about, source=source) as told:
        if outcome not in Service.OUTCOMES:
            raise refuse("service", f"`{outcome}` is none", f"one of {', '.join(Service.OUTCOMES)}")
        if outcome == "served" and not document.valid:
            raise refuse(
                "service",
                "a translation that nobody reviewed does not count as served",
                "serve the English, or have the translation reviewed",
            )
        made = Service.objects.create(
            document=document, outcome=outcome, how=how.strip(), at=at, note=note.strip(), by=user
        )
        told.detail = {"document": document.pk, "outcome": outcome}
    return made


def finish(user: User, task: Task, outcome: str, *, source: str = "") -> Task:
    """Say that something owed was done."""
    with act(user, Act.SERVE, f"finish {task.kind}", f"case {task.case.number}", source=source):
        task = Task.objects.select_for_update(of=("self",)).select_related("case").get(pk=task.pk)
        if task.done_at:
            raise refuse("task", "it was done already", "look at the case")
        task.done_by, task.done_at, task.outcome = user, timezone.now(), outcome[:20]
        task.save(update_fields=["done_by", "done_at", "outcome"])
    return task


def _keep_ways(answer: Answer, decisions: Any) -> None:
    people: list[list[str]] = [[] for _ in decisions.ways]
    for person, way in zip(
        decisions.people.to_pylist(), decisions.profiles.to_pylist(), strict=True
    ):
        people[way].append(person)
    rows = decisions.answers.to_pylist()
    for number, way in enumerate(decisions.ways):
        made = Way.objects.create(answer=answer, number=number, people=people[number])
        ItemAnswer.objects.bulk_create(
            ItemAnswer(
                way=made,
                position=position,
                item=row["item"],
                verdict=row["verdict"],
                basis=row["basis"],
                unchecked=bool(row["unchecked"]),
                decision={
                    name: value.isoformat() if isinstance(value, date) else value
                    for name, value in row.items()
                    if name not in ("request", "person")
                },
            )
            for position, row in enumerate(rows[at] for at in way)
        )


def _keep_duties(answer: Answer) -> None:
    """Open a task for each duty that an answer brings; what an earlier answer brought and this does not, goes."""
    request = answer.request
    owed: dict[tuple[str, str], tuple[date | None, bool]] = {}
    for item in ItemAnswer.objects.filter(way__answer=answer):
        for duty in item.decision["duties"]:
            if duty["actor"] == "requester":
                continue
            due = duty["due"]
            day = date.fromisoformat(due) if due and due[:1].isdigit() else None
            key = duty["act"], duty["duty"]
            certain = duty["certain"] or owed.get(key, (None, False))[1]
            owed[key] = day, certain
    there = (
        request.tasks.filter(done_at__isnull=True).exclude(duty="").exclude(kind=Task.CORRECTION)
    )
    for task in there:
        if (task.kind, task.duty) not in owed:
            task.delete()
    for (kind, duty), (day, certain) in owed.items():
        Task.objects.update_or_create(
            case=request.case,
            request=request,
            kind=kind,
            duty=duty,
            done_at=None,
            defaults={"due": day, "certain": certain},
        )


def _settle(case: Case, user: User) -> None:
    """A case is answered when the newest answer of each of its requests was released, and nothing in them waits."""
    newest = [request.answers.last() for request in case.requests.all()]
    if all(one is not None and released(one) and not waits(one) for one in newest):
        case.state = Case.ANSWERED
        case.save(update_fields=["state"])
        case.tasks.filter(kind=Task.ANSWER, done_at__isnull=True).update(
            done_by=user, done_at=timezone.now(), outcome="answered"
        )
