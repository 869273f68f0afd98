"""Plan LEMTRADA (alemtuzumab) courses: dates that can be trusted, with the reason for each.

The library supports a prescriber. It is not a medical device and gives no medical advice.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # for type checkers: at run time `__getattr__` loads each name at its first use
    from lemtrada_schedule.agenda.asking import due
    from lemtrada_schedule.agenda.due_items import DueItem, Worklist
    from lemtrada_schedule.agenda.worklists import worklist
    from lemtrada_schedule.clinic.clinic import Clinic, Laboratory
    from lemtrada_schedule.clinic.starts import CourseStart, PassedOver
    from lemtrada_schedule.cohort.adding_months import add_months
    from lemtrada_schedule.cohort.audit import audit, audit_spark
    from lemtrada_schedule.cohort.report import FileRows, Report
    from lemtrada_schedule.dates.periods import Period
    from lemtrada_schedule.dates.spans import Offset, Span
    from lemtrada_schedule.dates.time_windows import TimeWindow
    from lemtrada_schedule.errors import (
        FrozenValue,
        HolidayDataMissing,
        InvalidInput,
        LocalTimeError,
        MissingExtra,
        NoFeasibleStart,
        PlanMismatch,
        Problem,
        ScheduleError,
        ScreenDiffers,
        UnknownName,
        UnreadableFile,
    )
    from lemtrada_schedule.exports.explaining import explain
    from lemtrada_schedule.exports.fhir.bundle import to_fhir
    from lemtrada_schedule.exports.fhir.plan_definition import protocol_to_fhir
    from lemtrada_schedule.exports.html.page import Page, to_html
    from lemtrada_schedule.exports.html.timeline_picture import Timeline, timeline
    from lemtrada_schedule.exports.ics.calendar import to_ics
    from lemtrada_schedule.exports.tables.rows import Row, Rows, to_csv, to_rows
    from lemtrada_schedule.exports.text.texts import to_text
    from lemtrada_schedule.findings.derivation import Derivation
    from lemtrada_schedule.findings.finding import Finding, NotAssessed, Severity
    from lemtrada_schedule.judging.clinic_check import check_clinic
    from lemtrada_schedule.judging.evaluating import evaluate
    from lemtrada_schedule.judging.forecasting import forecast
    from lemtrada_schedule.judging.verdicts import (
        CourseVerdict,
        Evaluation,
        Forecast,
        ForecastStatus,
        Monitoring,
        TestDate,
        TestState,
        TreatmentStatus,
    )
    from lemtrada_schedule.plan.activities import Activity
    from lemtrada_schedule.plan.courses import Course, InfusionDay
    from lemtrada_schedule.plan.plan import Plan
    from lemtrada_schedule.plan.revision import Change, ChangeKind, Revision
    from lemtrada_schedule.plan.visits import Visit
    from lemtrada_schedule.planning.bookings import Bookings
    from lemtrada_schedule.planning.comparing import compare
    from lemtrada_schedule.planning.replanning import replan
    from lemtrada_schedule.planning.treatment import find_course_starts, plan_treatment
    from lemtrada_schedule.protocol.protocol import Protocol
    from lemtrada_schedule.readers.clinics import parse_clinic, read_clinic
    from lemtrada_schedule.readers.decisions import read_decisions
    from lemtrada_schedule.readers.plans import parse_plan, read_plan
    from lemtrada_schedule.readers.protocols import load_protocol, parse_protocol, protocol_names, read_protocol
    from lemtrada_schedule.readers.records import parse_histories, read_histories
    from lemtrada_schedule.records.courses import CourseStatus
    from lemtrada_schedule.records.history import (
        ConvertedDay,
        Decision,
        History,
        InfusionRecord,
        Intake,
        Observation,
        ReadFile,
        RecordedOverride,
        RecordStatus,
        RefusedRow,
        SkippedRows,
    )
    from lemtrada_schedule.sources.loading import load_source, parse_source, source_names
    from lemtrada_schedule.sources.source import Source

__all__ = [
    "Activity",
    "Bookings",
    "Change",
    "ChangeKind",
    "Clinic",
    "ConvertedDay",
    "Course",
    "CourseStart",
    "CourseStatus",
    "CourseVerdict",
    "Decision",
    "Derivation",
    "DueItem",
    "Evaluation",
    "FileRows",
    "Finding",
    "Forecast",
    "ForecastStatus",
    "FrozenValue",
    "History",
    "HolidayDataMissing",
    "InfusionDay",
    "InfusionRecord",
    "Intake",
    "InvalidInput",
    "Laboratory",
    "LocalTimeError",
    "MissingExtra",
    "Monitoring",
    "NoFeasibleStart",
    "NotAssessed",
    "Observation",
    "Offset",
    "Page",
    "PassedOver",
    "Period",
    "Plan",
    "PlanMismatch",
    "Problem",
    "Protocol",
    "ReadFile",
    "RecordStatus",
    "RecordedOverride",
    "RefusedRow",
    "Report",
    "Revision",
    "Row",
    "Rows",
    "ScheduleError",
    "ScreenDiffers",
    "Severity",
    "SkippedRows",
    "Source",
    "Span",
    "TestDate",
    "TestState",
    "TimeWindow",
    "Timeline",
    "TreatmentStatus",
    "UnknownName",
    "UnreadableFile",
    "Visit",
    "Worklist",
    "add_months",
    "audit",
    "audit_spark",
    "check_clinic",
    "compare",
    "due",
    "evaluate",
    "explain",
    "find_course_starts",
    "forecast",
    "load_protocol",
    "load_source",
    "parse_clinic",
    "parse_histories",
    "parse_plan",
    "parse_protocol",
    "parse_source",
    "plan_treatment",
    "protocol_names",
    "protocol_to_fhir",
    "read_clinic",
    "read_decisions",
    "read_histories",
    "read_plan",
    "read_protocol",
    "replan",
    "source_names",
    "timeline",
    "to_csv",
    "to_fhir",
    "to_html",
    "to_ics",
    "to_rows",
    "to_text",
    "worklist",
]

_HOMES: Final = {
    "Activity": "plan.activities",
    "Bookings": "planning.bookings",
    "Change": "plan.revision",
    "ChangeKind": "plan.revision",
    "Clinic": "clinic.clinic",
    "ConvertedDay": "records.history",
    "Course": "plan.courses",
    "CourseStart": "clinic.starts",
    "CourseStatus": "records.courses",
    "CourseVerdict": "judging.verdicts",
    "Decision": "records.history",
    "Derivation": "findings.derivation",
    "DueItem": "agenda.due_items",
    "Evaluation": "judging.verdicts",
    "FileRows": "cohort.report",
    "Finding": "findings.finding",
    "Forecast": "judging.verdicts",
    "ForecastStatus": "judging.verdicts",
    "FrozenValue": "errors",
    "History": "records.history",
    "HolidayDataMissing": "errors",
    "InfusionDay": "plan.courses",
    "InfusionRecord": "records.history",
    "Intake": "records.history",
    "InvalidInput": "errors",
    "Laboratory": "clinic.clinic",
    "LocalTimeError": "errors",
    "MissingExtra": "errors",
    "Monitoring": "judging.verdicts",
    "NoFeasibleStart": "errors",
    "NotAssessed": "findings.finding",
    "Observation": "records.history",
    "Offset": "dates.spans",
    "Page": "exports.html.page",
    "PassedOver": "clinic.starts",
    "Period": "dates.periods",
    "Plan": "plan.plan",
    "PlanMismatch": "errors",
    "Problem": "errors",
    "Protocol": "protocol.protocol",
    "ReadFile": "records.history",
    "RecordStatus": "records.history",
    "RecordedOverride": "records.history",
    "RefusedRow": "records.history",
    "Report": "cohort.report",
    "Revision": "plan.revision",
    "Row": "exports.tables.rows",
    "Rows": "exports.tables.rows",
    "ScheduleError": "errors",
    "ScreenDiffers": "errors",
    "Severity": "findings.finding",
    "SkippedRows": "records.history",
    "Source": "sources.source",
    "Span": "dates.spans",
    "TestDate": "judging.verdicts",
    "TestState": "judging.verdicts",
    "TimeWindow": "dates.time_windows",
    "Timeline": "exports.html.timeline_picture",
    "TreatmentStatus": "judging.verdicts",
    "UnknownName": "errors",
    "UnreadableFile": "errors",
    "Visit": "plan.visits",
    "Worklist": "agenda.due_items",
    "add_months": "cohort.adding_months",
    "audit": "cohort.audit",
    "audit_spark": "cohort.audit",
    "check_clinic": "judging.clinic_check",
    "compare": "planning.comparing",
    "due": "agenda.asking",
    "evaluate": "judging.evaluating",
    "explain": "exports.explaining",
    "find_course_starts": "planning.treatment",
    "forecast": "judging.forecasting",
    "load_protocol": "readers.protocols",
    "load_source": "sources.loading",
    "parse_clinic": "readers.clinics",
    "parse_histories": "readers.records",
    "parse_plan": "readers.plans",
    "parse_protocol": "readers.protocols",
    "parse_source": "sources.loading",
    "plan_treatment": "planning.treatment",
    "protocol_names": "readers.protocols",
    "protocol_to_fhir": "exports.fhir.plan_definition",
    "read_clinic": "readers.clinics",
    "read_decisions": "readers.decisions",
    "read_histories": "readers.records",
    "read_plan": "readers.plans",
    "read_protocol": "readers.protocols",
    "replan": "planning.replanning",
    "source_names": "sources.loading",
    "timeline": "exports.html.timeline_picture",
    "to_csv": "exports.tables.rows",
    "to_fhir": "exports.fhir.bundle",
    "to_html": "exports.html.page",
    "to_ics": "exports.ics.calendar",
    "to_rows": "exports.tables.rows",
    "to_text": "exports.text.texts",
    "worklist": "agenda.worklists",
}
"""The module of each public name, below this package."""


if not TYPE_CHECKING:  # a type checker must still refuse names that do not exist

    def __getattr__(name: str) -> Any:
        """Load the module of a public name at its first use (PEP 562), so that an import costs what is used."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
        return value

    def __dir__() -> list[str]:
        """Return the public names, loaded or not, and what every module has."""
        return sorted({*globals(), *__all__})
