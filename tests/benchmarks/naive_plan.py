"""The script that somebody would write today for one patient of one clinic, and would write well.

`dateutil.relativedelta` for months (its loop is faster than `rrule`: 4.7 against 6.3 µs a date), a holidays object
that is built once, `zoneinfo`, and plain dictionaries. It knows the US label of May 2024 and the clinic of
`examples/boston.toml` by heart, as such scripts do, and imports nothing of the library: so it is what the library's
speed is measured against, and a second opinion on its dates. It gives the dates without the reasons for them.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta

Item = dict[str, Any]
Holidays = Mapping[date, str]
DueDates = Callable[[date, int, date], list[date]]

ZONE = ZoneInfo("America/New_York")
STARTS = time(9)
INFUSION = timedelta(hours=4)
OBSERVATION = timedelta(hours=2)
REACTION_WATCH = timedelta(hours=24)
DOSE_MG = 12
COURSE_DAYS = (5, 3, 3)
ONE_DAY = timedelta(days=1)
SEARCH_DAYS = 366
WEEKEND = {5: "Saturdays", 6: "Sundays"}
CLOSURES = {date(2027, 12, 24): "Staff day"}
EXTRA_OPEN = {date(2027, 6, 19)}
FULLY_BOOKED = {date(2027, 3, 2): "No chair free"}


def loinc(code: str, display: str) -> list[Item]:
    return [{"system": "http://loinc.org", "code": code, "display": display}]


CD4 = loinc("24467-3", "CD3+CD4+ (T4 helper) cells [#/volume] in Blood")
TESTS: tuple[
    tuple[str, str, int, list[Item]], ...
] = (  # id, title, months between two draws, codes; all until 48 months after the last infusion
    (
        "blood-count",
        "Complete blood count with differential",
        1,
        loinc("57021-8", "CBC W Auto Differential panel - Blood"),
    ),
    ("creatinine", "Serum creatinine", 1, loinc("2160-0", "Creatinine [Mass/volume] in Serum or Plasma")),
    ("urinalysis", "Urinalysis with urine cell counts", 1, loinc("24356-8", "Urinalysis complete panel - Urine")),
    ("liver-tests", "Liver tests (ALT, AST, total bilirubin)", 1, []),
    ("thyroid", "Thyroid function (TSH)", 3, loinc("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma")),
)
FIRST_COURSE_NOTES = (
    (
        "tuberculosis-screening",
        "Tuberculosis screening",
        "Screen for tuberculosis by local guidelines before treatment starts.",
    ),
    (
        "vzv-vaccination",
        "Varicella zoster vaccination",
        (
            "Without a history of chickenpox or of varicella zoster vaccination, test for antibodies; "
            "if there are none, "
            "consider vaccination and postpone treatment until 6 weeks after it (counted here from its last dose)."
        ),
    ),
)
NOTES = (
    (
        "infections-before-treatment",
        "HIV and other infections",
        (
            "Not to be given to people with HIV infection or any active infection; consider screening for hepatitis B "
            "and C where the risk is high, before treatment starts."
        ),
    ),
    (
        "live-vaccines",
        "Live vaccines",
        "No live viral vaccines after a course of treatment; no end date is stated.",
    ),
    (
        "listeria-precautions",
        "Listeria precautions",
        (
            "Take food precautions against Listeria, beginning before treatment; no end is stated. Infections came "
            "between 3 days and 8 months after treatment."
        ),
    ),
    (
        "infection-risk-medicines",
        "Medicines that raise the risk of infection",
        (
            "Tell the healthcare provider about medicines that raise the chance of infections, such as "
            "those for cancer "
            "or to control the immune system; ask the doctor before taking any prescription or over-the-counter "
            "medicine, vitamin or herbal supplement."
        ),
    ),
    (
        "medicine-list",
        "List of medicines",
        "Keep a list of all medicines and show it to the healthcare provider.",
    ),
    (
        "late-reactions",
        "Late infusion reactions",
        "Infusion reactions may come up to 24 hours after an infusion, or longer.",
    ),
    (
        "monitoring-longer",
        "Monitoring beyond 48 months",
        "Monitoring runs until 48 months after the last infusion, or longer if clinically indicated.",
    ),
    (
        "pregnancy-thyroid",
        "Thyroid tests in pregnancy",
        "In pregnancy, thyroid tests continue, if need be beyond the planned end.",
    ),
    (
        "laboratory-places",
        "Where laboratory tests can be done",
        (
            "Samples can be taken at a local LabCorp or Quest Diagnostics patient service center, at "
            "home by a visiting "
            "technician, or at the healthcare provider's office; an office sample may cost a co-pay, "
            "while its analysis "
            "is still covered by the LEMTRADA Central Lab Program."
        ),
    ),
    (
        "contact-line",
        "Questions",
        "Ask the doctor, or call MS One to One at 1-855-676-6326.",
    ),
    (
        "assistance",
        "Financial assistance",
        (
            "LEMTRADA Co-Pay Program: commercially insured residents of Massachusetts, Michigan, Minnesota and Rhode "
            "Island are not eligible for infusion-related assistance; patients with coverage or prescriptions paid in "
            "part or in full by Medicare, Medicaid or another state or federal program are not "
            "eligible for the program "
            "at all. It may change or end at any time; ask MS One to One."
        ),
    ),
)


def public_holidays(first_year: int, last_year: int) -> Holidays:
    """Build the holidays object, once for many plans."""
    return holidays.country_holidays("US", subdiv="MA", years=range(first_year, last_year + 1), expand=False)


def plan(not_before: date, public: Holidays, *, courses: int = 3, due_dates: DueDates | None = None) -> Item:
    """Plan one treatment; `due_dates` may be a function that remembers (see `bench_plan`)."""
    due = due_dates or dates_every
    placed: list[Item] = []
    for number in range(1, courses + 1):
        earliest = not_before if number == 1 else later(placed[-1]["last_day"], 12)
        placed.append(course(number, earliest, public))
    activities = first_course_activities(placed[0])
    for given in placed:
        activities += around_the_infusions(given)
    for test in TESTS:
        activities += series(test, placed, due)
    activities += treatment_activities(placed, due)
    return {
        "time_zone": ZONE.key,
        "courses": placed,
        "contraception": contraception(placed),
        "activities": activities,
        "closures": closures(placed[0]["earliest"].year, placed[-1]["last_day"].year, public),
    }


# --- months, and open days ---------------------------------------------------------------------------------------


def later(day: date, months: int) -> date:
    """Add months; a day that does not exist becomes the first of the next month."""
    moved = day + relativedelta(months=months)
    return moved if moved.day == day.day else moved + ONE_DAY


def dates_every(anchor: date, months: int, end: date) -> list[date]:
    """List anchor + k × months up to the end, it included; a day that does not exist becomes the month's last."""
    found: list[date] = []
    k = 1
    while (due := anchor + relativedelta(months=k * months)) <= end:
        found.append(due)
        k += 1
    return found


def closed(day: date, public: Holidays) -> str | None:
    """Say why the clinic is closed on a day."""
    if day in FULLY_BOOKED:
        return f"fully booked: {FULLY_BOOKED[day]}"
    if day in EXTRA_OPEN:
        return None
    if day in CLOSURES:
        return f"closed: {CLOSURES[day]}"
    if day.weekday() in WEEKEND:
        return f"closed on {WEEKEND[day.weekday()]}"
    return f"public holiday: {public[day]}" if day in public else None


def closures(first_year: int, last_year: int, public: Holidays) -> list[Item]:
    """List the days known to be closed in these years."""
    known = {**CLOSURES, **FULLY_BOOKED, **public}
    return [{"date": day, "reason": known[day]} for day in sorted(known) if first_year <= day.year <= last_year]


# --- courses -----------------------------------------------------------------------------------------------------


def course(number: int, earliest: date, public: Holidays) -> Item:
    """Place a course on the first block of open days."""
    count = COURSE_DAYS[min(number, len(COURSE_DAYS)) - 1]
    passed_over: list[Item] = []
    for step in range(SEARCH_DAYS + 1):
        first = earliest + step * ONE_DAY
        days = [first + k * ONE_DAY for k in range(count)]
        reasons = ((day, closed(day, public)) for day in days)
        if (bad := next(((day, reason) for day, reason in reasons if reason), None)) is None:
            return {
                "id": f"course-{number}",
                "number": number,
                "earliest": earliest,
                "recommended": earliest if number <= 2 else None,
                "first_day": first,
                "last_day": days[-1],
                "drift_days": step,
                "days": [infusion_day(number, k, day) for k, day in enumerate(days, start=1)],
                "passed_over": passed_over,
                "status": "planned",
            }
        passed_over.append({"first_day": first, "closed_day": bad[0], "reason": bad[1]})
    raise ValueError(f"no {count} open days in a row from {earliest}")


def infusion_day(number: int, ordinal: int, day: date) -> Item:
    """Lay the infusion and its observation on a day."""
    start = datetime.combine(day, STARTS, ZONE)
    middle = elapsed(start, INFUSION)
    return {
        "id": f"course-{number}/day-{ordinal}",
        "date": day,
        "number": ordinal,
        "dose_mg": DOSE_MG,
        "infusion": window(start, middle),
        "observation": window(middle, elapsed(middle, OBSERVATION)),
    }


def elapsed(moment: datetime, length: timedelta) -> datetime:
    """Add real time, whatever the clocks do."""
    return (moment.astimezone(UTC) + length).astimezone(ZONE)


def window(start: datetime, end: datetime) -> Item:
    return {"time_zone": ZONE.key, "start": start, "end": end}


# --- activities --------------------------------------------------------------------------------------------------


def item(name: str, owner: int | None, kind: str, title: str, **dates: Any) -> Item:
    """Begin an activity; `owner` is the number of its course, or nothing for the whole treatment."""
    place = f"course-{owner}" if owner else "treatment"
    return {"id": f"{name}/{place}", "action": name, "course": owner, "kind": kind, "title": title, **dates}


def first_course_activities(given: Item) -> list[Item]:
    """List what is done once, before the first course."""
    closes = given["first_day"] - timedelta(days=42)
    title = "Complete necessary vaccinations by this day"
    return [
        item("vaccinations", 1, "window", title, first_day=None, last_day=closes),
        *(item(name, 1, "note", title, text=text) for name, title, text in FIRST_COURSE_NOTES),
    ]


def around_the_infusions(given: Item) -> list[Item]:
    """List medicines and precautions around a course."""
    number, first, last = given["number"], given["first_day"], given["last_day"]
    steroid = "Methylprednisolone 1,000 mg or equivalent, immediately before the infusion"
    stroke = "Watch for signs of stroke or of a tear in an artery to the brain"
    ends = [day["infusion"]["end"] for day in given["days"]]
    windows = [window(end, elapsed(end, REACTION_WATCH)) for end in ends]
    ratio = "Urine protein to creatinine ratio, before the course"
    opens, closes = first - timedelta(days=30), first - ONE_DAY
    return [
        item("corticosteroid", number, "infusion-days", steroid, days=[day["date"] for day in given["days"][:3]]),
        item(
            "herpes-prophylaxis",
            number,
            "period",
            "Antiviral prophylaxis against herpes",
            first_day=first,
            last_day=None,
            earliest_end=later(last, 2),
            codes=CD4,
        ),
        item("reaction-watch", number, "after-infusion", "Watch for infusion reactions", windows=windows),
        item("stroke-watch", number, "period", stroke, first_day=first, last_day=last + timedelta(days=3)),
        item("urine-protein-creatinine", number, "window", ratio, first_day=opens, last_day=closes),
    ]


def series(test: tuple[str, str, int, list[Item]], placed: list[Item], due: DueDates) -> list[Item]:
    """List one test's dates after each course, until the next one begins, and the baseline before it."""
    name, title, months, codes = test
    found: list[Item] = []
    draws: list[date] = []
    for index, given in enumerate(placed):
        before = baseline(given["first_day"], draws)
        end = later(given["last_day"], 48)
        if index + 1 < len(placed):
            end = min(end, placed[index + 1]["first_day"])
        draws = due(given["last_day"], months, end)
        dated = {"codes": codes, "dates": draws, "baseline": before, "continuing": False}
        found.append(item(name, given["number"], "series", title, **dated))
    return found


def baseline(first: date, draws: list[date]) -> Item:
    """Return the tests before a course: a draw of the course before serves if it is at most 14 days old."""
    eve = first - ONE_DAY
    serving = [day for day in draws[-2:] if first - timedelta(days=14) <= day <= eve]
    return {"first_day": first - timedelta(days=30), "last_day": eve, "due": serving[-1] if serving else eve}


def treatment_activities(placed: list[Item], due: DueDates) -> list[Item]:
    """List what occurs once in a treatment: yearly examinations, and notes."""
    first, last = placed[0], placed[-1]
    yearly = due(first["last_day"], 12, later(last["last_day"], 48))
    eve = first["first_day"] - ONE_DAY
    before = {"first_day": None, "last_day": eve, "due": eve}
    return [
        item("skin-examination", None, "series", "Skin examination", dates=yearly, baseline=before, continuing=True),
        item(
            "hpv",
            None,
            "series",
            "HPV screening",
            applies_to="women",
            dates=yearly,
            baseline=None,
            continuing=True,
        ),
        *(item(name, None, "note", title, text=text) for name, title, text in NOTES),
    ]


def contraception(placed: Iterable[Item]) -> list[Item]:
    """List the contraception periods; those that overlap or touch are one."""
    merged: list[Item] = []
    for given in placed:
        first, last = given["first_day"], later(given["last_day"], 4)
        if merged and first <= merged[-1]["last_day"] + ONE_DAY:
            merged[-1]["last_day"] = last
        else:
            name = f"contraception/{len(merged) + 1}"
            merged.append({"id": name, "title": "Contraception", "first_day": first, "last_day": last})
    return merged
