"""The example service in this process: what it stores, what it refuses, and what it shows.

The days are worked out by hand on the calendar of 2027: 11 January is a Monday, 18 January a holiday in Boston.
`test_clinic_service_process.py` starts the service as a process of its own.
"""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient

from examples.clinic_service.app import create_app
from examples.clinic_service.cds_hooks import LONGEST_SUMMARY
from lemtrada_schedule import Clinic, History, Plan, read_clinic, to_html

ROOT: Final = Path(__file__).parents[2]
WEEK: Final = ["2027-01-11", "2027-01-12", "2027-01-13", "2027-01-14", "2027-01-15"]
MARK: Final = "Zzyzx"


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 12, 1, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'clinic.db'}"


@pytest.fixture
def service(url: str, clock: SetClock) -> Iterator[TestClient]:
    with TestClient(create_app(url, clock)) as client:
        yield client


def boston(**more: Any) -> dict[str, Any]:
    clinic = read_clinic(ROOT / "examples" / "boston.toml").model_copy(update={"protocol": "us-2024-05-r2", **more})
    return clinic.model_dump(mode="json")


def with_clinic(service: TestClient, **more: Any) -> None:
    assert service.put("/clinics/north", json={"revision": 0, "clinic": boston(**more)}).status_code == 200


def with_patient(service: TestClient, name: str = "p-1", **facts: Any) -> None:
    assert service.put(f"/clinics/north/patients/{name}", json=facts).status_code == 200


def revision_of(service: TestClient, name: str = "p-1") -> int:
    found: int = service.get(f"/patients/{name}").json()["revision"]
    return found


def change(service: TestClient, what: str, name: str = "p-1", request_id: str = "plan", **body: Any) -> Any:
    revision = body.pop("revision", None)
    revision = revision_of(service, name) if revision is None else revision
    return service.post(f"/patients/{name}/{what}", json={"revision": revision, "request_id": request_id, **body})


def planned(service: TestClient, name: str = "p-1", not_before: str = "2027-01-11", **more: Any) -> Plan:
    with_patient(service, name)
    answer = change(service, "plan", name, not_before=not_before, **more)
    assert answer.status_code == 200, answer.text
    return plan_of(service, name)


def plan_of(service: TestClient, name: str = "p-1", **which: Any) -> Plan:
    return Plan.model_validate(service.get(f"/patients/{name}/plan", params=which).json())


def give_course(service: TestClient, name: str = "p-1", days: list[str] = WEEK) -> None:
    for day in days:
        answer = change(service, "infusions", name, request_id=f"given-{day}", record={"date": day})
        assert answer.status_code == 200, answer.text


def problem(answer: Any, status: int) -> tuple[str, str]:
    assert answer.status_code == status, answer.text
    (found,) = answer.json()["problems"]
    return found["code"], found["place"]


def first_days(plan: Plan) -> list[str]:
    return [course.first_day.isoformat() for course in plan.courses]


# --- plans ---------------------------------------------------------------------------------------


def test_a_treatment_from_its_plan_to_the_next_course(service: TestClient, clock: SetClock) -> None:
    """Course 1 a week late: course 2 may begin twelve months after its last infusion, Sat 22 January 2028."""
    with_clinic(service)
    assert first_days(planned(service)) == ["2027-01-11", "2028-01-18"]
    clock.now = datetime(2027, 2, 1, 15, tzinfo=UTC)
    give_course(service, days=["2027-01-18", "2027-01-19", "2027-01-20", "2027-01-21", "2027-01-22"])
    answer = change(service, "replan", request_id="again").json()
    assert (answer["plan_revision"], answer["revision"]) == (1, 8)
    assert {one["kind"] for one in answer["changes"]} <= {"moved", "added", "cancelled"}
    assert first_days(plan_of(service)) == ["2027-01-18", "2028-01-24"]
    assert first_days(plan_of(service, revision=0)) == ["2027-01-11", "2028-01-18"]
    listed = service.get("/patients/p-1/plans").json()
    assert [(one["revision"], one["protocol"], one["made_at"]) for one in listed] == [
        (0, "us-2024-05-r2", "2026-12-01T15:00:00+00:00"),
        (1, "us-2024-05-r2", "2027-02-01T15:00:00+00:00"),
    ]
    told = service.get("/patients/p-1/status").json()
    assert told["forecast"]["earliest"] == "2028-01-22"
    assert service.get("/patients/p-1/history").json()["infusions"][0]["date"] == "2027-01-18"


def test_today_is_the_day_at_the_clinic(service: TestClient, clock: SetClock) -> None:
    """03:00 in UTC on 2 December is still 1 December in Boston."""
    clock.now = datetime(2026, 12, 2, 3, tzinfo=UTC)
    with_clinic(service)
    planned(service)
    assert service.get("/patients/p-1/status").json()["evaluation"]["as_of"] == "2026-12-01"


def test_another_revision_of_the_label_is_accepted_by_name(service: TestClient) -> None:
    with_clinic(service)
    planned(service, protocol="us-2024-05")
    assert problem(change(service, "replan", request_id="r1", accept_protocol="eu-2020-01-r2"), 422) == (
        "plan-mismatch",
        "protocol",
    )
    assert change(service, "replan", request_id="r2", accept_protocol="us-2024-05-r2").status_code == 200
    assert [(one["revision"], one["protocol"]) for one in service.get("/patients/p-1/plans").json()] == [
        (0, "us-2024-05"),
        (1, "us-2024-05-r2"),
    ]
    assert change(service, "replan", request_id="r3").json()["plan_revision"] == 1  # it stays with what was accepted


def test_a_decision_and_an_override_are_used(service: TestClient, clock: SetClock) -> None:
    """A course that was broken off after three days waits for a decision; with one, course 2 is settled."""
    with_clinic(service)
    planned(service)
    clock.now = datetime(2027, 4, 1, 15, tzinfo=UTC)
    give_course(service, days=WEEK[:3])
    findings = service.get("/patients/p-1/status").json()["evaluation"]["findings"]
    assert "needs-clinical-decision" in [one["code"] for one in findings]
    said = {"course": 1, "by": "Dr. A", "why": "reaction", "on": "2027-03-01"}
    assert change(service, "replan", request_id="before").is_success
    statuses = [[course.status for course in plan_of(service).courses]]
    assert change(service, "decisions", request_id="d", record={**said, "decision": "treat-as-complete"}).is_success
    assert change(service, "replan", request_id="after").is_success
    statuses.append([course.status for course in plan_of(service).courses])
    assert statuses == [["partial", "tentative"], ["partial", "planned"]]
    code = next(one["code"] for one in findings if one["severity"] != "note")
    accepted = {"code": code, "by": "Dr. A", "why": "known", "on": "2027-03-01"}
    assert change(service, "overrides", request_id="o", record=accepted).is_success
    assert len(service.get("/patients/p-1/history").json()["overrides"]) == 1


# --- chairs --------------------------------------------------------------------------------------


def test_patients_share_the_chairs(service: TestClient) -> None:
    """One chair: the second patient starts in the next week with five open days, after the holiday on 18 January."""
    with_clinic(service, chairs=1)
    assert first_days(planned(service, "p-1", courses=1)) == ["2027-01-11"]
    assert first_days(planned(service, "p-2", courses=1)) == ["2027-01-25"]


def test_two_nights_with_full_chairs_move_nobody(service: TestClient, clock: SetClock) -> None:
    with_clinic(service, chairs=1)
    plans = {name: planned(service, name, courses=1) for name in ("p-1", "p-2", "p-3")}
    for day in (2, 3):
        clock.now = datetime(2026, 12, day, 4, tzinfo=UTC)
        assert service.post("/clinics/north/nightly").json() == {"changed": [], "refused": []}
    for name, plan in plans.items():
        assert (first_days(plan_of(service, name)), plan_of(service, name).revision) == (first_days(plan), 0)


def test_a_closure_moves_who_it_touches_and_the_nightly_job_reports_it(service: TestClient) -> None:
    """The first week closes: its patient moves behind the second one, who stays. Both plans print the new clinic."""
    with_clinic(service, chairs=1)
    planned(service, "p-1", courses=1)
    planned(service, "p-2", courses=1)
    closed = boston(chairs=1)
    closed["closures"] = [{"date": WEEK[0], "reason": "Renovation"}, *closed["closures"]]
    answer = service.put("/clinics/north", json={"revision": 1, "clinic": closed})
    assert answer.json()["replanned"] == {"changed": ["p-1", "p-2"], "refused": []}
    first, second = plan_of(service, "p-1"), plan_of(service, "p-2")
    assert first_days(second) == ["2027-01-25"]
    assert first_days(first) == ["2027-02-01"]
    stale = change(service, "replan", revision=1, request_id="not-seen")
    assert problem(stale, 409) == ("stale-revision", "revision")


def test_a_plan_that_cannot_be_made_again_is_reported_and_stays(service: TestClient) -> None:
    with_clinic(service)
    plan = planned(service, courses=1)
    week = [one for one in boston()["opening_hours"] if one["day"] in ("mon", "tue", "wed", "thu")]
    answer = service.put("/clinics/north", json={"revision": 1, "clinic": {**boston(), "opening_hours": week}})
    (refused,) = answer.json()["replanned"]["refused"]
    assert (refused["patient"], refused["problems"][0]["code"]) == ("p-1", "no-feasible-start")
    assert plan_of(service) == plan


# --- findings ------------------------------------------------------------------------------------


def codes(found: list[dict[str, Any]] | None) -> list[str] | None:
    return None if found is None else [one["code"] for one in found]


def test_a_clinic_without_a_country_is_told_so_at_once(service: TestClient, clock: SetClock) -> None:
    """Monday 17 January 2028 is a holiday in Massachusetts; without a country, course 2 begins on it."""
    clock.now = datetime(2026, 11, 30, 15, tzinfo=UTC)  # the last day for vaccinations
    missing = {"country": None, "subdivision": None}
    stored = service.put("/clinics/north", json={"revision": 0, "clinic": boston(**missing)}).json()
    assert codes(stored["findings"]) == ["no-public-holidays-known"]
    assert codes(service.get("/clinics/north").json()["findings"]) == ["no-public-holidays-known"]
    with_patient(service)
    answers = [change(service, "plan", revision=1, not_before="2027-01-11").json() for _ in range(2)]
    (found,) = answers[0]["findings"]
    assert {"code", "severity", "message", "hint"} <= found.keys()
    assert (found["code"], found["severity"]) == ("no-public-holidays-known", "note")
    assert answers[1]["findings"] == answers[0]["findings"]  # asked again, because the answer was lost
    assert service.get("/patients/p-1/status").json()["plan_findings"] == answers[0]["findings"]
    assert first_days(plan_of(service)) == ["2027-01-11", "2028-01-17"]
    again = [change(service, "replan", request_id="r").json()["findings"] for _ in range(2)]
    assert again == [answers[0]["findings"]] * 2
    with_country = service.put("/clinics/north", json={"revision": 1, "clinic": boston()}).json()
    assert codes(with_country["findings"]) == ["holiday-years"]
    assert service.get("/patients/p-1/status").json()["plan_findings"] == []
    assert first_days(plan_of(service)) == ["2027-01-11", "2028-01-18"]


def test_an_infusion_in_the_future_is_stored_and_told_at_once(service: TestClient, clock: SetClock) -> None:
    """Asked on 1 December 2026, an infusion on 11 January 2027 is an error of the record."""
    with_clinic(service)
    planned(service)
    answers = [change(service, "infusions", revision=2, request_id="i", record={"date": WEEK[0]}) for _ in range(2)]
    for answer in answers:
        assert answer.status_code == 200
        (found,) = answer.json()["findings"]
        assert (found["code"], found["severity"], found["day"]) == ("infusion-in-future", "error", WEEK[0])
    assert answers[1].json()["is_repeated"]
    withdrawn = change(service, "withdrawals", request_id="w", replaces="i").json()
    assert withdrawn["findings"] == []
    clock.now = datetime(2027, 1, 11, 20, tzinfo=UTC)
    assert change(service, "infusions", request_id="j", record={"date": WEEK[0]}).json()["findings"] == []


def test_an_infusion_in_the_future_is_named_on_the_page_and_on_the_card(service: TestClient) -> None:
    with_clinic(service)
    planned(service)
    assert change(service, "infusions", request_id="i", record={"date": WEEK[0]}).is_success
    assert service.post("/clinics/north/nightly").json()["changed"] == ["p-1"]
    question = {"last_day": "2027-01-31"}
    page = service.get("/clinics/north/worklist.html", params=question).text
    assert "<td>Correct the records</td>" in page
    assert "not listed until the records are corrected or the question is answered, for: p-1</p>" in page
    assert "nfusion" not in page
    full = service.get("/clinics/north/worklist.html", params={**question, "titles": "clinical"}).text
    assert "<td>an infusion is recorded on a future date; correct the records, then replan</td>" in full
    shown = [(card["indicator"], card["summary"]) for card in hook(service, "p-1").json()["cards"]]
    late = "the record of 2027-01-11 (Monday 11 January) is dated in the future; it does not count as given"
    assert shown == [
        ("critical", late),
        ("warning", "an infusion is recorded on a future date; correct the records, then replan"),
    ]


def test_a_question_for_a_clinician_keeps_its_title(service: TestClient, clock: SetClock) -> None:
    """Three of five days, the last on 13 January, asked on 1 April: how to continue is a clinician's decision."""
    with_clinic(service)
    planned(service)
    clock.now = datetime(2027, 4, 1, 15, tzinfo=UTC)
    give_course(service, days=WEEK[:3])
    params = {"last_day": "2027-04-30"}
    page = service.get("/clinics/north/worklist.html", params=params).text
    assert "<td>Planning question</td>" in page
    assert "<td>Plan again: plan and records differ</td>" in page
    full = service.get("/clinics/north/worklist.html", params={**params, "titles": "clinical"}).text
    assert "<td>Decision needed on course 1: course 1 stopped on 2027-01-13 after 3 of 5 infusion days; " in full
    summaries = [card["summary"] for card in hook(service, "p-1").json()["cards"]]
    assert "Decision needed on course 1" in summaries
    assert "Replan: the plan and the records differ" in summaries


def test_the_answer_to_a_record_holds_what_was_found(service: TestClient, clock: SetClock) -> None:
    """Two of five days, asked two days after the second: the course was not continued. A decision is not judged."""
    with_clinic(service, protocol=None)
    with_patient(service)
    clock.now = datetime(2027, 1, 14, 15, tzinfo=UTC)
    give_course(service, days=WEEK[:1])
    asked = change(service, "infusions", request_id="b", record={"date": WEEK[1]})
    assert asked.json()["findings"] is None  # neither a plan nor the clinic names a protocol
    assert service.put("/clinics/north", json={"revision": 1, "clinic": boston()}).is_success
    found = change(service, "tests", request_id="t", record={"date": WEEK[0], "code": "bloodcount"}).json()["findings"]
    assert {"code-not-known", "course-interrupted", "needs-clinical-decision"} <= set(codes(found) or [])
    accepted = {"code": "course-interrupted", "by": "Dr. A", "why": "known", "on": "2027-01-14"}
    found = change(service, "overrides", request_id="o", record=accepted).json()["findings"]
    assert "course-interrupted" not in (codes(found) or [])
    said = {"course": 1, "by": "Dr. A", "why": "reaction", "on": "2027-01-14", "decision": "treat-as-complete"}
    assert service.get("/patients/p-1/status").json()["forecast"]["status"] == "needs-clinical-decision"
    assert change(service, "decisions", request_id="d", record=said).json()["findings"] is None
    settled = service.get("/patients/p-1/status").json()
    assert (settled["forecast"]["earliest"], settled["refused"], settled["plan_findings"]) == ("2028-01-12", [], [])
    assert change(service, "decisions", request_id="e", record={**said, "course": 2}).is_success
    unfit = service.get("/patients/p-1/status").json()
    assert (unfit["forecast"], unfit["evaluation"]["as_of"]) == (None, "2027-01-14")
    assert [one["code"] for one in unfit["refused"]] == ["plan-mismatch"]


# --- conflicts -----------------------------------------------------------------------------------


def test_a_stale_revision_is_refused(service: TestClient) -> None:
    """Two people record the same infusion. The second one must see first that it is recorded."""
    with_clinic(service)
    planned(service)
    assert change(service, "infusions", revision=2, request_id="a", record={"date": WEEK[0]}).status_code == 200
    again = change(service, "infusions", revision=2, request_id="b", record={"date": WEEK[0]})
    assert problem(again, 409) == ("stale-revision", "revision")
    assert len(service.get("/patients/p-1/history").json()["infusions"]) == 1
    assert problem(service.put("/clinics/north", json={"revision": 0, "clinic": boston()}), 409)[0] == "stale-revision"


def test_the_same_request_is_stored_once(service: TestClient) -> None:
    """Its answer was lost, so it is sent again, with whatever revision."""
    with_clinic(service)
    planned(service)
    given = {"date": WEEK[0]}
    answers = [
        change(service, "infusions", request_id="a", revision=number, record=given).json() for number in (2, 2, 3, 9)
    ]
    assert [one["is_repeated"] for one in answers] == [False, True, True, True]
    assert {one["revision"] for one in answers} == {3}
    assert len(service.get("/patients/p-1/history").json()["infusions"]) == 1
    other = change(service, "infusions", request_id="a", record={"date": WEEK[1]})
    assert problem(other, 409) == ("request-id-reused", "request_id")
    assert change(service, "plan", revision=1, not_before="2027-01-11").json()["is_repeated"]
    assert change(service, "replan", request_id="r").json()["is_repeated"] is False
    assert change(service, "replan", request_id="r").json()["is_repeated"] is True


def test_a_record_comes_back_as_it_was_sent(service: TestClient) -> None:
    with_clinic(service)
    with_patient(service, tests_recorded=["blood-count"], prior_medicines=2)
    sent = {"date": WEEK[0], "started": "09:10", "ended": "13:20", "dose_mg": "12.5", "status": "partial", "course": 1}
    assert change(service, "infusions", request_id="a", record=sent).is_success
    assert change(service, "tests", request_id="t", record={"date": WEEK[0], "code": "cd4", "value": 210}).is_success
    assert History.model_validate(service.get("/patients/p-1/history").json()) == History(
        patient="p-1",
        prior_medicines=2,
        infusions=[sent],
        observations=[{"date": WEEK[0], "code": "cd4", "value": 210}],
        tests_recorded=["blood-count"],
    )


def test_no_answer_is_kept_by_browsers_but_a_feed(service: TestClient) -> None:
    with_clinic(service)
    planned(service)
    feed = service.get("/patients/p-1").json()["feed"]
    kept = [service.get(path).headers["cache-control"] for path in ("/patients/p-1/sheet", "/patients/p-9", feed)]
    assert kept == ["no-store", "no-store", "private, no-cache"]


def test_a_record_is_corrected_and_both_are_kept(service: TestClient) -> None:
    with_clinic(service)
    with_patient(service)
    assert change(service, "tests", request_id="t1", record={"date": "2026-11-02", "code": "blood-count"}).is_success
    right = {"date": "2026-11-03", "code": "blood-count"}
    assert change(service, "tests", request_id="t2", replaces="t1", record=right).is_success
    assert [one["date"] for one in service.get("/patients/p-1/history").json()["observations"]] == ["2026-11-03"]
    unknown = change(service, "tests", request_id="t3", replaces="t9", record=right)
    assert problem(unknown, 422) == ("unknown-id", "replaces")
    other_kind = change(service, "infusions", request_id="i1", replaces="t2", record={"date": "2026-11-03"})
    assert problem(other_kind, 422) == ("unknown-id", "replaces")
    twice = change(service, "tests", request_id="t3", replaces="t1", record=right)
    assert problem(twice, 409) == ("already-replaced", "replaces")
    assert revision_of(service) == 3


def test_a_record_that_should_never_have_been_made_is_withdrawn(service: TestClient) -> None:
    with_clinic(service)
    with_patient(service)
    give_course(service, days=WEEK[:2])
    assert change(service, "withdrawals", request_id="w", replaces=f"given-{WEEK[0]}").is_success
    assert [one["date"] for one in service.get("/patients/p-1/history").json()["infusions"]] == WEEK[1:2]
    plan = change(service, "withdrawals", request_id="v", replaces="w")
    assert problem(plan, 422) == ("unknown-id", "replaces")


def test_patients_and_plans_are_made_once(service: TestClient) -> None:
    with_clinic(service)
    with_patient(service, birth_date="1990-05-01")
    with_patient(service, birth_date="1990-05-01")
    other = service.put("/clinics/north/patients/p-1", json={"birth_date": "1991-05-01"})
    assert problem(other, 409) == ("stale-revision", "revision")
    with_patient(service, revision=1, birth_date="1991-05-01")
    assert service.get("/patients/p-1/history").json()["birth_date"] == "1991-05-01"
    assert service.put("/clinics/south", json={"revision": 0, "clinic": boston()}).is_success
    assert problem(service.put("/clinics/south/patients/p-1", json={}), 409) == ("patient-exists", "patient")
    assert change(service, "plan", not_before="2027-01-11").is_success
    assert problem(change(service, "plan", request_id="b", not_before="2027-01-11"), 409) == ("plan-exists", "plan")
    assert service.get("/clinics").json() == ["north", "south"]
    assert service.get("/clinics/north/patients").json() == ["p-1"]
    assert Clinic.model_validate(service.get("/clinics/north").json()["clinic"]) == Clinic.model_validate(boston())


def test_a_clinic_keeps_its_name_and_zone(service: TestClient) -> None:
    with_clinic(service)
    named = service.put("/clinics/north", json={"revision": 1, "clinic": boston(name="Other")})
    assert problem(named, 422) == ("plan-mismatch", "clinic.name")


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        ({"not_before": "11/01/2027"}, "calendar-date", "not_before"),
        ({"not_before": "2027-01-11", "courses": 0}, "out-of-range", "courses"),
        ({"not_before": "2027-01-11", "protocol": MARK}, "unknown-name", "protocol"),
        ({"not_before": "2027-01-11", MARK: MARK}, "extra_forbidden", ""),
        ({"not_before": "2027-01-11", "record": MARK}, "extra_forbidden", "record"),
        ({"not_before": "2027-01-11", "birth_date": MARK}, "extra_forbidden", "birth_date"),
        ({"not_before": "2027-01-11", "request_id": f"{MARK} "}, "string_pattern_mismatch", "request_id"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_code_and_place(
    service: TestClient, body: dict[str, Any], code: str, place: str
) -> None:
    with_clinic(service)
    with_patient(service)
    answer = service.post("/patients/p-1/plan", json={"revision": 1, "request_id": "a", **body})
    assert problem(answer, 422) == (code, place)
    assert MARK not in answer.text
    assert revision_of(service) == 1  # nothing of it is stored


def test_an_unknown_field_is_refused_with_the_fields_of_the_request(service: TestClient) -> None:
    """A field that other requests have is named; any other key may be the name of a person."""
    with_clinic(service)
    with_patient(service)
    guessed = change(service, "withdrawals", request_id="w", replaces="a", record={"request_id": MARK}, **{MARK: MARK})
    told = {(one["code"], one["place"], one["message"]) for one in guessed.json()["problems"]}
    fields = "unknown field; the fields of this request are revision, request_id, replaces"
    assert told == {("extra_forbidden", "record", fields), ("extra_forbidden", "", fields)}
    assert MARK not in guessed.text
    named = {**boston(), MARK: MARK, "chairs": 0}
    clinic = service.put("/clinics/south", json={"revision": 0, "clinic": named})
    assert clinic.status_code == 422
    assert MARK not in clinic.text


def test_a_record_that_cannot_be_read_is_refused_without_its_values(service: TestClient) -> None:
    with_clinic(service)
    with_patient(service)
    bad = {"date": MARK, "dose_mg": MARK, MARK: MARK}
    answer = change(service, "infusions", request_id="a", record=bad)
    assert answer.status_code == 422
    assert {(one["code"], one["place"]) for one in answer.json()["problems"]} >= {("calendar-date", "record.date")}
    assert MARK not in answer.text
    country = service.put("/clinics/south", json={"revision": 0, "clinic": boston(country="XX", subdivision=None)})
    assert problem(country, 422) == ("unknown-name", "country")


def test_what_is_not_there_is_404(service: TestClient) -> None:
    with_clinic(service)
    with_patient(service)
    assert problem(service.get("/clinics/south"), 404) == ("unknown-id", "clinic")
    assert problem(service.get("/patients/p-9"), 404) == ("unknown-id", "patient")
    assert problem(service.get("/patients/p-1/plan"), 404) == ("unknown-id", "plan")
    assert problem(change(service, "replan", request_id="r"), 404) == ("unknown-id", "plan")
    assert problem(service.get("/feeds/guessed.ics"), 404) == ("unknown-id", "feed")


def test_a_clinic_without_a_protocol_needs_one_in_the_request(service: TestClient) -> None:
    with_clinic(service, protocol=None)
    with_patient(service)
    assert problem(change(service, "plan", not_before="2027-01-11"), 422) == ("missing-field", "protocol")
    assert problem(service.get("/patients/p-1/status"), 422) == ("missing-field", "protocol")
    assert change(service, "plan", not_before="2027-01-11", protocol="us-2024-05-r2").is_success


# --- what it shows -------------------------------------------------------------------------------


def test_the_worklist_names_what_is_due(service: TestClient, clock: SetClock) -> None:
    with_clinic(service)
    planned(service)
    week = {"first_day": "2027-01-11", "last_day": "2027-01-15"}
    listed = service.get("/clinics/north/worklist", params=week).json()["worklist"]["items"]
    assert [one["day"] for one in listed if one["kind"] == "infusion"] == WEEK
    assert {one["patient"] for one in listed} == {"p-1"}
    clock.now = datetime(2027, 1, 12, 15, tzinfo=UTC)
    late = service.get("/clinics/north/worklist", params={"last_day": "2027-01-12"}).json()
    assert (late["worklist"]["first_day"], late["refused"]) == ("2027-01-12", [])
    wrong = service.get("/clinics/north/worklist", params={"last_day": "12.1.2027"})
    assert problem(wrong, 422) == ("calendar-date", "last_day")


def test_the_worklist_is_a_page_with_neutral_titles(service: TestClient) -> None:
    with_clinic(service)
    planned(service)
    week = {"first_day": "2027-01-11", "last_day": "2027-01-15"}
    page = service.get("/clinics/north/worklist.html", params=week)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    listed = service.get("/clinics/north/worklist", params=week).json()["worklist"]["items"]
    assert page.text.count("<tr>") - 1 == len(listed)
    assert "Not in this list" not in page.text
    assert "nfusion" not in page.text
    assert "Infusion day 1" in service.get("/clinics/north/worklist.html", params={**week, "titles": "clinical"}).text


def test_one_patient_who_cannot_be_answered_does_not_take_away_the_list(service: TestClient, clock: SetClock) -> None:
    """Four days are left of a resumed course, and the clinic no longer has four open days in a row."""
    with_clinic(service)
    planned(service, "p-1")
    planned(service, "p-2")
    clock.now = datetime(2027, 2, 1, 15, tzinfo=UTC)
    give_course(service, "p-1", days=WEEK[:1])
    said = {"course": 1, "by": "Dr. A", "why": "well again", "on": "2027-02-01", "decision": "resume"}
    assert change(service, "decisions", request_id="d", record=said).is_success
    assert change(service, "replan", request_id="again").is_success
    week = [one for one in boston()["opening_hours"] if one["day"] in ("mon", "tue", "wed")]
    closed = {**boston(), "opening_hours": week, "extra_open": [], "fully_booked": []}
    assert service.put("/clinics/north", json={"revision": 1, "clinic": closed}).is_success
    told = service.get("/clinics/north/worklist", params={"last_day": "2027-03-01"}).json()
    assert [(one["patient"], one["problems"][0]["code"]) for one in told["refused"]] == [("p-1", "no-feasible-start")]
    assert {one["patient"] for one in told["worklist"]["items"]} == {"p-2"}
    page = service.get("/clinics/north/worklist.html", params={"last_day": "2027-03-01"}).text
    assert "<li>p-1: no-feasible-start</li>" in page
    assert "What is due cannot be said for this patient" in [
        card["summary"] for card in hook(service, "p-1").json()["cards"]
    ]


def test_the_sheet_is_the_librarys_page(service: TestClient) -> None:
    with_clinic(service)
    plan = planned(service)
    assert service.get("/patients/p-1/sheet").text == to_html(plan)
    assert service.get("/patients/p-1/sheet?titles=clinical").text == to_html(plan, titles="clinical")
    german = service.get("/patients/p-1/sheet?language=de").text
    assert german == to_html(plan, language="de")
    assert 'lang="de"' in german
    refused = service.get("/patients/p-1/sheet?language=Jane")
    assert (refused.status_code, refused.json()["problems"][0]["place"]) == (422, "language")
    assert "Jane" not in refused.text


BASE: Final = "http://127.0.0.1:8000"


def test_the_commands_of_the_tutorial_work(service: TestClient) -> None:
    page = (ROOT / "docs" / "build-a-clinic-service.md").read_text(encoding="utf-8").partition("The examples below")[0]
    saved = page.partition("```json\n")[2].partition("```")[0]
    commands = [shlex.split(line) for line in page.replace("\\\n", " ").splitlines() if line.startswith("$ curl ")]
    answers = []
    for words in commands:
        given = {flag: value for flag, value in pairwise(words) if flag.startswith("-")}
        (address,) = [word for word in words if word.startswith(BASE)]
        body = saved if given.get("-d") == "@harbor.json" else given.get("-d")
        headers = dict([given["-H"].split(": ")]) if body else {}
        path = address.removeprefix(BASE)
        answers.append(service.request(given.get("-X", "GET"), path, content=body, headers=headers))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert "Montag, 11. Januar 2027" in answers[-1].text


def test_a_feed_changes_only_when_a_plan_does(service: TestClient, clock: SetClock) -> None:
    """The nightly job asks on another day, and the calendar stays the same file."""
    with_clinic(service)
    planned(service)
    feed = service.get("/patients/p-1").json()["feed"]
    first = service.get(feed)
    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in first.content
    assert b"DTSTAMP:20261201T150000Z" in first.content
    tag = first.headers["etag"]
    clock.now = datetime(2026, 12, 9, 4, tzinfo=UTC)
    assert service.post("/clinics/north/nightly").json()["changed"] == []
    for known in (tag, f'"other", W/{tag}', "*"):
        unchanged = service.get(feed, headers={"If-None-Match": known})
        assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    assert service.head(feed).headers["etag"] == tag
    clock.now = datetime(2027, 2, 1, 15, tzinfo=UTC)
    give_course(service, days=["2027-01-18", "2027-01-19", "2027-01-20", "2027-01-21", "2027-01-22"])
    assert change(service, "replan", request_id="again").is_success
    changed = service.get(feed, headers={"If-None-Match": tag})
    assert (changed.status_code, b"SEQUENCE:2\r\n" in changed.content) == (200, True)


def test_the_clinics_feed_holds_all_patients_by_their_ids(service: TestClient) -> None:
    with_clinic(service)
    feed = service.get("/clinics/north").json()["feed"]
    empty = service.get(feed)
    assert (empty.status_code, b"VEVENT" in empty.content) == (200, False)
    planned(service, "p-1", courses=1)
    planned(service, "p-2", "2027-02-01", courses=1)
    text = service.get(feed).content.decode().replace("\r\n ", "")
    for name, start in (("p-1", "20270111T090000"), ("p-2", "20270201T090000")):
        assert f"SUMMARY:{name}: Appointment\\, day 1 of 5" in text
        assert f"DTSTART;TZID=America/New_York:{start}" in text
    assert text.count("BEGIN:VTIMEZONE") == 1
    with_patient(service, "p-3")
    own = service.get(service.get("/patients/p-3").json()["feed"])
    assert (own.status_code, b"VEVENT" in own.content) == (200, False)


def test_every_endpoint_says_what_it_does(service: TestClient) -> None:
    paths = service.get("/openapi.json").json()["paths"]
    assert len(paths) == 24
    assert all(one["description"] for methods in paths.values() for one in methods.values())


def test_a_feed_gets_another_address(service: TestClient) -> None:
    """Somebody has the address who should not: the old one no longer answers."""
    with_clinic(service)
    planned(service)
    old = {"north": service.get("/clinics/north").json()["feed"], "p-1": service.get("/patients/p-1").json()["feed"]}
    new = {
        "north": service.post("/clinics/north/feed", json={"revision": 1}).json()["feed"],
        "p-1": change(service, "feed", request_id="f").json()["feed"],
    }
    assert [service.get(address).status_code for address in (*old.values(), *new.values())] == [404, 404, 200, 200]
    assert change(service, "feed", request_id="f").json()["feed"] == new["p-1"]  # asked again, changed once
    assert problem(service.post("/clinics/north/feed", json={"revision": 1}), 409) == ("stale-revision", "revision")


# --- CDS Hooks -----------------------------------------------------------------------------------


def hook(service: TestClient, patient: str, **more: Any) -> Any:
    context = {"userId": "Practitioner/1", "patientId": patient, "encounterId": "e-1"}
    asked = {"hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context, **more}
    return service.post("/cds-services/appointment-plan", json=asked)


def test_cds_hooks_names_its_service(service: TestClient) -> None:
    (told,) = service.get("/cds-services").json()["services"]
    assert {"hook", "id", "description"} <= told.keys()
    assert (told["hook"], told["id"]) == ("patient-view", "appointment-plan")


def test_cds_hooks_shows_findings_and_what_is_due(service: TestClient, clock: SetClock) -> None:
    """Course 2 five days too early is an error; on the day before the first infusion, the week is ahead."""
    with_clinic(service)
    planned(service)
    clock.now = datetime(2027, 1, 10, 15, tzinfo=UTC)
    (ahead,) = [card for card in hook(service, "p-1").json()["cards"] if card["indicator"] == "info"]
    assert "Infusion day 1 of course 1" in ahead["detail"]
    give_course(service, "p-1")
    clock.now = datetime(2028, 3, 1, 15, tzinfo=UTC)
    give_course(service, "p-1", days=["2028-01-10", "2028-01-11", "2028-01-12"])
    cards = hook(service, "p-1").json()["cards"]
    findings = service.get("/patients/p-1/status").json()["evaluation"]["findings"]
    (early,) = [one for one in findings if one["code"] == "interval-below-minimum"]
    assert "critical" in [card["indicator"] for card in cards if card["summary"][:40] == early["message"][:40]]
    for card in cards:
        assert card["source"] == {"label": "Appointment plan"}
        assert card["indicator"] in ("info", "warning", "critical")
        assert 0 < len(card["summary"]) <= LONGEST_SUMMARY


def test_cds_hooks_guesses_nothing(service: TestClient) -> None:
    """A patient who is not known gets no card, and a call that is none is refused."""
    with_clinic(service)
    assert hook(service, "nobody").json() == {"cards": []}
    with_patient(service)
    assert hook(service, "p-1", fhirServer="https://example.org").status_code == 200
    assert problem(hook(service, "p-1", hook="order-sign"), 422) == ("literal_error", "hook")
    missing = service.post("/cds-services/appointment-plan", json={"hook": "patient-view", "context": {}})
    assert missing.status_code == 422
    assert service.post("/cds-services/other", json={}).status_code == 404


def test_what_is_stored_is_there_after_a_restart(service: TestClient, url: str, clock: SetClock) -> None:
    with_clinic(service)
    plan = planned(service)
    give_course(service, days=WEEK[:1])
    with TestClient(create_app(url, clock)) as again:
        assert plan_of(again) == plan
        history = History.model_validate(again.get("/patients/p-1/history").json())
    assert [record.date.isoformat() for record in history.infusions] == WEEK[:1]
