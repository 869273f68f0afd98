"""Plan a patient, plan again, and plan a whole clinic again each night."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from examples.clinic_service.bodies import PlanBody, ReplanBody, Replanned, Unanswered
from examples.clinic_service.clock import day_at
from examples.clinic_service.database import ClinicRow, PatientRow, PlanRow
from examples.clinic_service.refusals import Refused, problems_of
from examples.clinic_service.stored import (
    add_nightly_change,
    clinic_of,
    decisions_of,
    existing_plan_row,
    history_of,
    newest_plans,
    patients_of,
    plan_of,
    plan_row,
    rules_of,
)
from lemtrada_schedule import (
    Bookings,
    Clinic,
    Plan,
    Protocol,
    Revision,
    ScheduleError,
    load_protocol,
    plan_treatment,
    replan,
)


def first_plan(session: Session, patient: PatientRow, row: ClinicRow, body: PlanBody, moment: datetime) -> None:
    """Make and store the first plan of a patient."""
    if plan_row(session, patient.id) is not None:
        raise Refused(409, "plan-exists", "plan", "the patient has a plan already; replan it")
    clinic = clinic_of(row)
    name = body.protocol or clinic.protocol
    if name is None:
        raise Refused(422, "missing-field", "protocol", "the clinic names no protocol; name one here")
    today = day_at(clinic, moment)
    plan = plan_treatment(
        load_protocol(name),
        clinic,
        not_before=body.not_before,
        courses=body.courses,
        history=history_of(session, patient),
        as_of=today,
        decisions=decisions_of(session, patient),
        plan_id=patient.id,
        bookings=bookings_of(map(plan_of, newest_plans(session, row.id).values()), clinic, today),
    )
    _store(session, patient, plan, moment)


def plan_again(session: Session, patient: PatientRow, row: ClinicRow, body: ReplanBody, moment: datetime) -> Revision:
    """Make and store a new revision of a plan, by its own protocol or by the revision of it that is accepted."""
    clinic, plan = clinic_of(row), plan_of(existing_plan_row(session, patient.id))
    accepted = body.accept_protocol
    rules = load_protocol(accepted) if accepted else rules_of(plan)
    today = day_at(clinic, moment)
    bookings = bookings_of(map(plan_of, newest_plans(session, row.id).values()), clinic, today)
    revision = _replanned(
        session, patient, plan, rules=rules, clinic=clinic, today=today, bookings=bookings, accepted=accepted
    )
    _store(session, patient, revision.plan, moment)
    return revision


def plan_clinic_again(session: Session, row: ClinicRow, moment: datetime) -> Replanned:
    """Plan every patient of a clinic again. A plan that cannot be made again stays as it is, and is reported.

    Scheduled courses stay where they are, also where all chairs are taken: two runs in a row move nobody.
    """
    clinic, today = clinic_of(row), day_at(clinic_of(row), moment)
    plans = {name: plan_of(found) for name, found in newest_plans(session, row.id).items()}
    bookings = bookings_of(plans.values(), clinic, today)
    done = Replanned(changed=[], refused=[])
    for patient in (one for one in patients_of(session, row.id) if one.id in plans):
        plan = plans[patient.id]
        try:
            revision = _replanned(
                session, patient, plan, rules=rules_of(plan), clinic=clinic, today=today, bookings=bookings
            )
        except ScheduleError as error:
            done.refused.append(Unanswered(patient=patient.id, problems=problems_of(error)))
            continue
        _store(session, patient, revision.plan, moment)
        if revision.plan.revision > plan.revision:
            add_nightly_change(session, patient, moment)
            done.changed.append(patient.id)
            plans[patient.id] = revision.plan  # the next patient must see where this one went
            bookings = bookings_of(plans.values(), clinic, today)
    return done


def bookings_of(plans: Iterable[Plan], clinic: Clinic, today: date) -> Bookings | None:
    """Return the chairs that the plans of a clinic take; `None` for a clinic that counts no chairs."""
    return None if clinic.chairs is None else Bookings.of(list(plans), clinic=clinic, as_of=today)


def _replanned(
    session: Session,
    patient: PatientRow,
    plan: Plan,
    *,
    rules: Protocol,
    clinic: Clinic,
    today: date,
    bookings: Bookings | None,
    accepted: str | None = None,
) -> Revision:
    return replan(
        plan,
        rules,
        clinic,
        history=history_of(session, patient),
        as_of=today,
        decisions=decisions_of(session, patient),
        bookings=bookings,
        accept_protocol=accepted,
    )


def _store(session: Session, patient: PatientRow, plan: Plan, moment: datetime) -> None:
    """Store a plan. A new revision gets a row of its own; the same revision, asked on another day, keeps its stamp."""
    text = plan.model_dump_json()
    found = plan_row(session, patient.id, plan.revision)
    if found is not None:
        found.plan = text
    else:
        made = {"patient_id": patient.id, "revision": plan.revision, "made_at": moment.isoformat(), "plan": text}
        session.add(PlanRow(**made))
    session.flush()
