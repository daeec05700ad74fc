"""What is said, chosen, signed and released: one question a page.

    form  ->  fact, take_back, prepare, choose, sign, release  ->  an act of casework  ->  the case's page

Promise: whoever confirms a release has seen what leaves; what changed since she looked is shown to her anew.
"""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from habeas.errors import HabeasError
from habeas.reports.words import name, several
from habeas.web.accounts.guards import fresh
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework import answering, intake
from habeas.web.casework.adopting import law_in_use
from habeas.web.casework.doors import Outcome, closed_doors, closed_for, gives, released, seen
from habeas.web.casework.engine import plain, standing, vocabulary
from habeas.web.casework.errors import NotAllowedError
from habeas.web.casework.models import Answer, CaseRequest, ItemAnswer
from habeas.web.desk.answered import Group, groups_of
from habeas.web.desk.case import case_page
from habeas.web.desk.facts import can_state, said_before, shown, speakers, statable
from habeas.web.desk.forms import BackForm, ChoiceForm, ReasonForm, ReleaseForm, StatementForm
from habeas.web.desk.page import (
    BOTH,
    REFUSED,
    Wrong,
    about,
    context,
    done,
    forbidden,
    page,
    posted,
    refusals_to,
    source,
    to_fields,
    told,
)
from habeas.web.desk.reasons import called, question
from habeas.web.desk.words import who_can

_STATES = (Act.STATE, Act.JUDGE)


def _request(number: str, position: int) -> CaseRequest:
    return get_object_or_404(
        CaseRequest.objects.select_related("case"), case__number=number, position=position
    )


def _answer(pk: int) -> Answer:
    return get_object_or_404(Answer.objects.select_related("request__case", "prepared_by"), pk=pk)


# -- facts ---------------------------------------------------------------------------------------------


@page(Act.SEE_CASES)
def facts(request: HttpRequest, user: User, number: str, position: int) -> HttpResponse:
    """Every fact that can be said in a request, with what stands."""
    asked = _request(number, position)
    about(request, asked.case)
    stands = standing(asked.statements.all())
    rows = [
        {
            "path": path,
            "called": called(path),
            "meaning": fact.meaning,
            "value": shown(fact, stands[path][-1].value) if path in stands else "",
            "who": who_can(list(fact.who)),
            "mine": bool(speakers(user, path)),
        }
        for path, fact in statable(asked)
    ]
    return render(request, "desk/facts.html", {"asked": asked, "case": asked.case, "rows": rows})


@page(*_STATES, methods=BOTH)
def fact(request: HttpRequest, user: User, number: str, position: int, path: str) -> HttpResponse:
    """One fact: state, confirm or change it."""
    asked = _request(number, position)
    about(request, asked.case)
    word = vocabulary().fact_at(path)
    if word is None or not can_state(asked, path):
        raise Http404
    speaks = speakers(user, path)
    if not speaks:
        return forbidden(request, _STATES)
    stands = standing(asked.statements.filter(path=path)).get(path)
    start = {"value": _typed(stands[-1].value)} if stands else {}
    form = (
        StatementForm(word, speaks, request.POST)
        if request.method == "POST"
        else StatementForm(word, speaks, initial=start)
    )
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            intake.state(
                user,
                asked,
                path,
                given["value"],
                speaks=given["speaks"],
                reason=given["reason"],
                known_on=given["known_on"],
                source=source(request),
            )
        except NotAllowedError:
            raise
        except HabeasError as error:
            place = "reason" if "reason is wanted" in error.problems[0].message else "value"
            to_fields(form, error, {path: place})
        else:
            done(request, f"“{called(path)}” was stated. Prepare the answer anew for it to count.")
            return redirect(_at(asked))
    return render(
        request,
        "desk/fact.html",
        context(
            form,
            asked=asked,
            case=asked.case,
            path=path,
            called=called(path),
            question=question(law_in_use(), path),
            fact=word,
            stands=shown(word, stands[-1].value) if stands else "",
            unconfirmed=bool(stands) and all(one.source == "requester" for one in stands or ()),
            before=[(one, shown(word, one.value)) for one in said_before(asked, path)],
        ),
        status=REFUSED if form.is_bound else 200,
    )


def _typed(value: object) -> object:
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else plain(value)  # type: ignore[arg-type]


@page(*_STATES, methods=BOTH)
def take_back(
    request: HttpRequest, user: User, number: str, position: int, path: str
) -> HttpResponse:
    """Take back what was said of a fact."""
    asked = _request(number, position)
    about(request, asked.case)
    word = vocabulary().fact_at(path)
    stands = standing(asked.statements.filter(path=path)).get(path)
    if word is None or not can_state(asked, path) or not stands:
        raise Http404
    speaks = speakers(user, path)
    if not speaks:
        return forbidden(request, _STATES)
    form = BackForm(speaks, posted(request))
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_to(form, {}):
            intake.state(
                user,
                asked,
                path,
                None,
                speaks=given["speaks"],
                reason=given["reason"],
                source=source(request),
            )
            done(request, f"“{called(path)}” was taken back: it is not known now.")
            return redirect(_at(asked))
    return render(
        request,
        "desk/take_back.html",
        context(
            form, asked=asked, case=asked.case, path=path, called=called(path),
            stands=shown(word, stands[-1].value),
        ),
        status=REFUSED if form.is_bound else 200,
    )  # fmt: skip


def _at(asked: CaseRequest) -> str:
    return f"{reverse('desk:case', args=[asked.case.number])}#request-{asked.position}"


# -- the answer ----------------------------------------------------------------------------------------


@page(Act.PREPARE, methods=("POST",))
def prepare(request: HttpRequest, user: User, number: str, position: int) -> HttpResponse:
    """Decide a request under today's law."""
    asked = _request(number, position)
    about(request, asked.case)
    try:
        answering.prepare(user, asked, source=source(request))
    except NotAllowedError:
        raise
    except HabeasError as error:
        return case_page(request, user, asked.case, told(error))
    done(request, f"The answer to request {asked.position} was prepared. Nothing has left.")
    return redirect(_at(asked))


@page(Act.SEE_CASES)
def ways(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Who gets what: people who get the same of everything, together."""
    answer = _answer(pk)
    about(request, answer.request.case)
    by_way: dict[int, list[Group]] = {}
    for group in groups_of(answer):
        for one in group.members:
            by_way.setdefault(one.way_id, []).append(group)
    rows = sorted(
        ((way, by_way.get(way.pk, [])) for way in answer.ways.all()),
        key=lambda one: -len(one[0].people),
    )
    return render(
        request, "desk/ways.html", {"answer": answer, "case": answer.request.case, "rows": rows}
    )


@page(Act.CHOOSE, Act.SIGN_LAW, methods=BOTH)
def choose(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Choose on an item, for everybody who gets it for the same reasons."""
    item = get_object_or_404(ItemAnswer.objects.select_related("way__answer__request__case"), pk=pk)
    answer = item.way.answer
    about(request, answer.request.case)
    group = next(
        one for one in groups_of(answer, law_in_use()) if pk in [each.pk for each in one.members]
    )
    if not group.may_be_chosen:
        raise Http404
    if not user.may(group.chooses):
        return forbidden(request, (group.chooses,))
    form = ChoiceForm(name(group.item), group.may_be_given, posted(request))
    if form.is_bound and form.is_valid():
        give = form.cleaned_data["give"] == "give"
        with refusals_to(form):
            with transaction.atomic():
                for one in group.members:
                    answering.choose(
                        user,
                        one,
                        give=give,
                        reason=form.cleaned_data["reason"],
                        source=source(request),
                    )
            told_of = "is to be given" if give else "is not to be given"
            done(request, f"Your choice is kept: {name(group.item)} {told_of}.")
            return redirect(_at(answer.request))
    return render(
        request,
        "desk/choose.html",
        context(form, answer=answer, case=answer.request.case, group=group),
        status=REFUSED if form.is_bound else 200,
    )


@page(Act.SIGN_LAW, methods=BOTH)
def sign(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Sign for the law that an answer rests on and that nobody checked."""
    answer = _answer(pk)
    case = answer.request.case
    about(request, case)
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():
        with refusals_to(form):
            answering.sign(user, answer, form.cleaned_data["reason"], source=source(request))
            done(request, "Your signature is kept.")
            return redirect(_at(answer.request))
    groups = groups_of(answer, law_in_use())
    return render(
        request,
        "desk/sign.html",
        context(form, answer=answer, case=case, groups=groups, rests_on=_rests_on(groups)),
        status=REFUSED if form.is_bound else 200,
    )


def _rests_on(groups: list[Group]) -> list[object]:
    """The unchecked readings that what is given rests on, each once."""
    found = {
        reason.block: reason
        for group in groups
        if group.outcome is Outcome.GIVEN
        for reason in group.reasons
        if reason.unchecked
    }
    return list(found.values())


@fresh()
@page(Act.RELEASE, Act.RELEASE_GRANT, methods=BOTH)
def release(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """What exactly will leave, and to whom; then it leaves."""
    answer = _answer(pk)
    case = answer.request.case
    about(request, case)
    if released(answer):
        return case_page(request, user, case, [Wrong("It was released already.")])
    looks = seen(answer)
    if request.method != "POST":
        return _release_page(request, user, answer, ReleaseForm(initial={"seen": looks}))
    form = ReleaseForm(request.POST)
    if not form.is_valid() or form.cleaned_data["seen"] != looks:
        again = ReleaseForm({"reason": request.POST.get("reason", ""), "seen": looks})
        again.is_valid()
        again.add_error(None, "Something was chosen or signed since you looked. Look at it again.")
        return _release_page(request, user, answer, again)
    try:
        answering.release(
            user,
            answer,
            reason=form.cleaned_data["reason"],
            looked_at=looks,  # asked again once nobody else can change the case
            source=source(request),
        )
    except NotAllowedError:
        raise
    except HabeasError as error:
        for wrong in told(error):
            form.add_error(None, f"Nothing has left. {wrong.text}")
        return _release_page(request, user, answer, form)
    done(
        request,
        f"The answer to request {answer.request.position} was released. Its papers are below: hand them over now.",
    )
    return redirect(_at(answer.request))


def _release_page(
    request: HttpRequest, user: User, answer: Answer, form: ReleaseForm
) -> HttpResponse:
    today = timezone.localdate()
    groups = groups_of(answer)
    doors = closed_doors(answer, today) or closed_for(answer, user)
    sets = [
        (one.value, [group for group in groups if group.outcome is one])
        for one in (Outcome.GIVEN, Outcome.WITHHELD, Outcome.WAITS)
    ]
    return render(
        request,
        "desk/release.html",
        context(
            form,
            answer=answer,
            case=answer.request.case,
            sets=[(value, some) for value, some in sets if some],
            gives=gives(answer),
            blind=not answer.says_whom and not gives(answer),
            doors=[(door.what, who_can(door.who)) for door in doors],
            people=several(answer.people, "person", "people"),
        ),
        status=REFUSED if form.is_bound else 200,
    )
