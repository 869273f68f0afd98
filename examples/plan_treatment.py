"""Plan two courses at a clinic and print what a coordinator needs: infusion days, reasons, deadlines.

Run it from any folder: `python examples/plan_treatment.py`. The clinic's file lies beside it.
"""

from datetime import date
from pathlib import Path

from lemtrada_schedule import explain, load_protocol, plan_treatment, read_clinic

protocol = load_protocol("us")
clinic = read_clinic(Path(__file__).parent / "boston.toml")
plan = plan_treatment(protocol, clinic, not_before=date(2027, 1, 11), courses=2, as_of=date(2026, 12, 1))

for course in plan.courses:
    print(explain(course))
    for day in course.days:
        print(f"  {explain(day)}")

for period in plan.contraception:
    print(explain(period))

for finding in plan.findings:
    print(explain(finding))
