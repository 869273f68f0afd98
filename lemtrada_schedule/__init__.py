"""Plan LEMTRADA (alemtuzumab) courses: dates that can be trusted, with the reason for each.

Supports a prescriber. It is no medical device and gives no advice.
"""

from lemtrada_schedule.clinic import Clinic
from lemtrada_schedule.clinic_check import check_clinic
from lemtrada_schedule.cohort.asking import audit, audit_spark
from lemtrada_schedule.cohort.report import FileRows, Report
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
from lemtrada_schedule.evaluating import evaluate
from lemtrada_schedule.explaining import explain
from lemtrada_schedule.exports.fhir import to_fhir
from lemtrada_schedule.exports.fhir_protocol import protocol_to_fhir
from lemtrada_schedule.exports.ics import to_ics
from lemtrada_schedule.exports.page import Page, to_html
from lemtrada_schedule.exports.rows import Rows, to_csv, to_rows
from lemtrada_schedule.exports.text import to_text
from lemtrada_schedule.findings import Derivation, Finding, NotAssessed
from lemtrada_schedule.forecasting import forecast
from lemtrada_schedule.outlook import Change, CourseStart, CourseVerdict, Evaluation, Forecast, Revision
from lemtrada_schedule.plan import Course, InfusionDay, PassedOver, Plan
from lemtrada_schedule.planning import find_course_starts, plan_treatment
from lemtrada_schedule.protocol import Protocol
from lemtrada_schedule.reading.clinic import read_clinic
from lemtrada_schedule.reading.decisions import read_decisions
from lemtrada_schedule.reading.plan import read_plan
from lemtrada_schedule.reading.protocol import load_protocol, protocol_names, read_protocol
from lemtrada_schedule.reading.records import read_histories
from lemtrada_schedule.records import (
    ConvertedDay,
    Decision,
    History,
    InfusionRecord,
    Intake,
    Observation,
    RecordedOverride,
    RefusedRow,
    SkippedRows,
)
from lemtrada_schedule.replanning import replan
from lemtrada_schedule.spans import Offset, Period, Span
from lemtrada_schedule.time_windows import TimeWindow

__all__ = [
    "Change",
    "Clinic",
    "ConvertedDay",
    "Course",
    "CourseStart",
    "CourseVerdict",
    "Decision",
    "Derivation",
    "Evaluation",
    "FileRows",
    "Finding",
    "Forecast",
    "FrozenValue",
    "History",
    "HolidayDataMissing",
    "InfusionDay",
    "InfusionRecord",
    "Intake",
    "InvalidInput",
    "LocalTimeError",
    "MissingExtra",
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
    "RecordedOverride",
    "RefusedRow",
    "Report",
    "Revision",
    "Rows",
    "ScheduleError",
    "ScreenDiffers",
    "SkippedRows",
    "Span",
    "TimeWindow",
    "UnknownName",
    "UnreadableFile",
    "audit",
    "audit_spark",
    "check_clinic",
    "evaluate",
    "explain",
    "find_course_starts",
    "forecast",
    "load_protocol",
    "plan_treatment",
    "protocol_names",
    "protocol_to_fhir",
    "read_clinic",
    "read_decisions",
    "read_histories",
    "read_plan",
    "read_protocol",
    "replan",
    "to_csv",
    "to_fhir",
    "to_html",
    "to_ics",
    "to_rows",
    "to_text",
]
