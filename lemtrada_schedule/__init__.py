"""Plan LEMTRADA (alemtuzumab) courses: dates that can be trusted, with the reason for each.

Supports a prescriber. It is no medical device and gives no advice.
"""

from lemtrada_schedule.clinic import Clinic
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
    UnknownName,
    UnreadableFile,
)
from lemtrada_schedule.explaining import explain
from lemtrada_schedule.exports.page import Page, to_html
from lemtrada_schedule.exports.rows import Rows, to_csv, to_rows
from lemtrada_schedule.exports.text import to_text
from lemtrada_schedule.findings import Derivation, Finding, NotAssessed
from lemtrada_schedule.outlook import CourseStart
from lemtrada_schedule.plan import Course, InfusionDay, PassedOver, Plan
from lemtrada_schedule.planning import find_course_starts, plan_treatment
from lemtrada_schedule.protocol import Protocol
from lemtrada_schedule.reading.clinic import read_clinic
from lemtrada_schedule.reading.plan import read_plan
from lemtrada_schedule.reading.protocol import load_protocol, protocol_names, read_protocol
from lemtrada_schedule.spans import Offset, Period, Span
from lemtrada_schedule.time_windows import TimeWindow

__all__ = [
    "Clinic",
    "Course",
    "CourseStart",
    "Derivation",
    "Finding",
    "FrozenValue",
    "HolidayDataMissing",
    "InfusionDay",
    "InvalidInput",
    "LocalTimeError",
    "MissingExtra",
    "NoFeasibleStart",
    "NotAssessed",
    "Offset",
    "Page",
    "PassedOver",
    "Period",
    "Plan",
    "PlanMismatch",
    "Problem",
    "Protocol",
    "Rows",
    "ScheduleError",
    "Span",
    "TimeWindow",
    "UnknownName",
    "UnreadableFile",
    "explain",
    "find_course_starts",
    "load_protocol",
    "plan_treatment",
    "protocol_names",
    "read_clinic",
    "read_plan",
    "read_protocol",
    "to_csv",
    "to_html",
    "to_rows",
    "to_text",
]
