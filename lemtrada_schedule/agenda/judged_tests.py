"""Which tests of a treatment are done and which are open, by the records of one patient (S32, S42, S43)."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lemtrada_schedule.agenda.due_items import DueState
from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.findings.catalogue import BASELINE_MISSING, WINDOW_MISSED
from lemtrada_schedule.findings.finding import Finding, FindingKind
from lemtrada_schedule.judging.monitoring import Monitored, monitored
from lemtrada_schedule.judging.rules.baselines import RULES
from lemtrada_schedule.judging.rules.case import Case
from lemtrada_schedule.judging.verdicts import TestState
from lemtrada_schedule.plan.activities import Activity, Baseline, SeriesActivity, WindowActivity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import Courses
from lemtrada_schedule.records.history import History
from lemtrada_schedule.records.recorded_tests import RecordedTests, RequiredTest
