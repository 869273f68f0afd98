"""What a notebook shows of a value: a table without colours, findings first, and nothing of a patient."""

import re
from datetime import date
from typing import Any, ClassVar, Final, cast
from xml.etree.ElementTree import Element

import html5lib
import pyarrow as pa
import pytest

import lemtrada_schedule
from lemtrada_schedule import Finding, NotAssessed, audit, load_protocol
from lemtrada_schedule.findings.catalogue import DEADLINE_PASSED
from lemtrada_schedule.findings.finding import MissingFact
from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.notebook_table import SHOWN_PARTS, Held, notebook_table
from lemtrada_schedule.validation.summary import Ordinal, Summary
from tests.support.for_each import each
from tests.support.hostile_values import samples

PATIENT: Final = "Jane Doe"


def rows_in(html: str) -> list[tuple[str, str]]:
    """Return label and text of each row, as a strict parser that is not ours reads them."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page = cast("Element", parser.parse(f"<!DOCTYPE html><title>x</title>{html}"))
    return [(text_of(row.find("th")), text_of(row.find("td"))) for row in page.findall("body/table/tbody/tr")]


def text_of(node: Element | None) -> str:
    return "" if node is None else "".join(node.itertext())


class Bed(Model):
    shown: ClassVar[tuple[str, ...]] = ("kind",)

    kind: str
    guest: str | None = None
    nurses: tuple[str, ...] = ()


class Room(Model):
    number: int
    beds: tuple[Bed, ...] = ()

    def _summary(self) -> Summary:
        yield "room", Ordinal(self.number)
        yield "beds", len(self.beds)


class Floor(Model):
    shown: ClassVar[tuple[str, ...]] = ("name",)
    in_full: ClassVar[str] = "walk(floor)"

    name: str
    rooms: tuple[Room, ...] = ()
    best: Room | None = None
    guests: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_assessed: tuple[NotAssessed, ...] = ()


def test_findings_stand_first_and_none_is_an_answer() -> None:
    late = DEADLINE_PASSED.at(title="x", last_day=date(2027, 1, 1), as_of=date(2027, 2, 1))
    missing = NotAssessed.of("deadline-passed", MissingFact(kind="as_of"))
    assert rows_in(Floor(name="first", findings=(late, late), not_assessed=(missing,))._repr_html_()) == [
        ("findings", "2 × warning"), ("not assessed", "1 × as_of"), ("name", "first"),
    ]  # fmt: skip
    assert rows_in(Floor(name="first")._repr_html_())[:2] == [("findings", "none"), ("not assessed", "none")]


def test_a_numbered_part_has_a_row_of_its_own() -> None:
    """A list of them takes the place of its count."""
    beds = (Bed(kind="high"), Bed(kind="low"))
    floor = Floor(
        name="first", rooms=(Room(number=1, beds=beds), Room(number=2)), best=Room(number=2), guests=(PATIENT,)
    )
    assert rows_in(floor._repr_html_())[2:] == [
        ("name", "first"), ("room 1", "2 beds"), ("room 2", "0 beds"), ("guests", "1"), ("best", "room 2, 0 beds"),
    ]  # fmt: skip


def test_parts_of_one_name_are_counted_and_what_they_hold_is_summed() -> None:
    beds = (Bed(kind="high", nurses=("x",)), Bed(kind="low", guest=PATIENT), Bed(kind="high", nurses=("y", "z")))
    assert rows_in(Room(number=7, beds=beds)._repr_html_()) == [("room", "7"), ("beds", "2 × high (3 nurses) · low")]


def held(label: str, *summaries: Any) -> str:
    return notebook_table("Ward", [], [Held(label, summaries)])


def test_parts_without_a_name_are_counted() -> None:
    assert rows_in(held("beds", [("nurses", 1)], [("nurses", 2)])) == [("beds", "2 (3 nurses)")]
    assert rows_in(held("beds", [("facts", 1)], [("facts", 2)])) == [("beds", "2")]
    assert rows_in(held("beds", [("bed", Ordinal(1))], [("bed", Ordinal(2))])) == [("beds", "bed 1 · bed 2")]


def test_a_part_that_tells_nothing_and_an_empty_list_have_no_row() -> None:
    assert rows_in(held("beds")) == []
    assert rows_in(notebook_table("Ward", [], [Held("best", [[("facts", 2)]], is_list=False)])) == []


def test_long_lists_are_cut_and_counted() -> None:
    names = [[("bed", f"bed {n}")] for n in range(SHOWN_PARTS + 3)]
    ((_, text),) = rows_in(held("beds", *names, *names))
    assert text.startswith("2 × bed 0 · 2 × bed 1")
    assert text.endswith(" · … and 6 more")
    numbered = [[("room", Ordinal(n)), ("beds", n)] for n in range(1_000 + SHOWN_PARTS)]
    rows = rows_in(held("rooms", *numbered))
    assert (len(rows), rows[-1]) == (SHOWN_PARTS + 1, ("rooms", "… and 1,000 more"))


def test_a_table_follows_the_theme_of_the_notebook() -> None:
    html = Floor(name="first", rooms=(Room(number=1),))._repr_html_()
    assert not re.search(r"color|background|class=|https?:|<script|<style", html)


def test_every_text_is_escaped() -> None:
    html = notebook_table("<Ward>", [("<b>", "<i>")], [Held("<u>", [[("x", "</td><s>")]])], in_full="<tt>")
    assert rows_in(html) == [("<b>", "<i>"), ("<u>", "</td><s>")]
    assert not re.search(r"<(?:Ward|b|i|u|s|tt)>", html)


def test_a_value_says_how_to_see_it_in_full() -> None:
    assert "<code>walk(floor)</code>" in Floor(name="first")._repr_html_()
    assert "<tfoot>" not in Room(number=1)._repr_html_()


SHOWING_THEMSELVES: Final = ("Plan", "Evaluation", "Forecast", "Revision", "Worklist")


def sample(name: str) -> Any:
    return next(value for noun, value in samples().items() if noun.__name__ == name)


@pytest.mark.parametrize("name", SHOWING_THEMSELVES)
def test_what_shows_a_value_in_full_is_python_that_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    value = sample(name)
    names = {one: getattr(lemtrada_schedule, one) for one in ("timeline", "to_text", "to_html")}
    shown = eval(f"({value.in_full},)", {**names, name.lower(): value})  # noqa: S307  # written in the package
    assert re.search(r"[0-9]{1,2} [A-Z][a-z]{2} 20[0-9]{2}", capsys.readouterr().out)
    assert all(one is None or type(one).__name__ in ("Timeline", "Page") for one in shown)
    assert value.in_full in value._repr_html_()


@each(samples().values(), name=lambda value: type(value).__name__)
def test_a_strict_parser_reads_the_table_of_every_noun(value: Model) -> None:
    html = value._repr_html_()
    rows_in(html)
    assert len(html) < 6_000


def test_a_report_counts_the_patients_with_each_finding() -> None:
    frame = pa.table({
        "patient": ["p1", "p1", "p2", "p2"], "date": ["2025-03-03", "2025-03-03", "2025-03-03", "2025-03-04"],
    })  # fmt: skip
    report = audit(frame, load_protocol("us-2024-05"), as_of=date(2025, 6, 1))
    rows = dict(rows_in(report._repr_html_()))
    assert list(rows)[:3] == ["errors", "warnings", "not assessed"]
    assert rows["errors"] == "course-incomplete (2 patients)"
    assert (rows["patients"], rows["rows"]) == ("2", "4 rows, 4 audited, 0 refused, 0 blank")
    assert "p1" not in report._repr_html_()
    assert "<code>report.patients, report.findings()</code>" in report._repr_html_()


def test_a_report_without_a_finding_says_none() -> None:
    frame = pa.table({"patient": ["p1"] * 5, "date": [f"2025-03-0{day}" for day in range(3, 8)]})
    report = audit(frame, load_protocol("us-2024-05"), as_of=date(2025, 6, 1))
    assert rows_in(report._repr_html_())[0] == ("findings", "none")
