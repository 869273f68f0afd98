"""What `evaluate` finds in the records of a patient, by the rules of the plan or else of the clinic."""

from datetime import datetime

from sqlalchemy.orm import Session

from examples.clinic_service.clock import day_at
from examples.clinic_service.database import ClinicRow, PatientRow
from examples.clinic_service.refusals import Refused
from examples.clinic_service.stored import clinic_of, history_of, plan_of, plan_row, rules_of
from lemtrada_schedule import Clinic, Finding, Protocol, evaluate, load_protocol


def known_rules(session: Session, patient: PatientRow, clinic: Clinic) -> Protocol | None:
    """Return the protocol of the patient's plan; without a plan, the clinic's; `None` if neither is known."""
    plan = plan_row(session, patient.id)
    if plan is not None:
        return rules_of(plan_of(plan))
    return None if clinic.protocol is None else load_protocol(clinic.protocol)


def rules_for(session: Session, patient: PatientRow, clinic: Clinic) -> Protocol:
    """Return the protocol of the patient's plan; without a plan, the clinic's. Refuse the request without both."""
    rules = known_rules(session, patient, clinic)
    if rules is None:
        raise Refused(
            422, "missing-field", "protocol", "there is no plan, and the clinic names no protocol; plan first"
        )
    return rules


def found_today(session: Session, patient: PatientRow, row: ClinicRow, moment: datetime) -> list[Finding] | None:
    """Return what is found in all records of a patient today, without accepted findings; `None` without a protocol."""
    clinic = clinic_of(row)
    rules = known_rules(session, patient, clinic)
    if rules is None:
        return None
    judged = evaluate(history_of(session, patient), rules, as_of=day_at(clinic, moment), clinic=clinic)
    return [one for one in judged.findings if one.override is None]
