"""Missing facts as values: their words, and the catalogue that lists every kind of finding."""

from typing import get_args

import pytest

from lemtrada_schedule import NotAssessed
from lemtrada_schedule.findings import catalogue
from lemtrada_schedule.findings.catalogue import CATALOGUE
from lemtrada_schedule.findings.finding import _WORDS, FindingKind, MissingFact, MissingKind


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (MissingFact(kind="as_of"), "as_of"),
        (MissingFact(kind="birth_date"), "birth_date"),
        (MissingFact(kind="birth-date-before-treatment"), "a birth date before the first infusion"),
        (MissingFact(kind="clinic"), "clinic"),
        (MissingFact(kind="clinic-country"), "country of the clinic"),
        (MissingFact(kind="clock-times"), "started, ended and observed_until"),
        (MissingFact(kind="column", column="minutes"), "minutes"),
        (MissingFact(kind="column", column="minutes", count=1_234), "minutes in 1,234 of the rows"),
        (MissingFact(kind="continuation", course=2, other_course=1), "whether course 2 continues course 1"),
        (MissingFact(kind="course", course=3), "the infusions of course 3"),
        (MissingFact(kind="course-numbers"), "course numbers that fit the dates"),
        (MissingFact(kind="dose_mg"), "dose_mg"),
        (MissingFact(kind="first-infusion", course=1), "the first infusion of course 1"),
        (MissingFact(kind="infusion-times"), "started and ended"),
        (MissingFact(kind="observation-times"), "ended and observed_until"),
        (MissingFact(kind="observation-value", position=4), "the value of observation 4"),
        (MissingFact(kind="observations"), "observations"),
        (MissingFact(kind="prior_medicines"), "prior_medicines"),
        (MissingFact(kind="public-holidays", year=2031), "public holidays of 2031"),
        (MissingFact(kind="row", row=7), "row 7, which could not be read"),
        (MissingFact(kind="tests_recorded"), "tests_recorded"),
        (MissingFact(kind="tests_recorded_from"), "records of tests before tests_recorded_from"),
    ],
    ids=lambda part: part.kind if isinstance(part, MissingFact) else None,
)
def test_each_missing_fact_in_words(fact: MissingFact, words: str) -> None:
    assert fact.in_words() == words
    assert NotAssessed.of("dose-differs", fact, row=3) == NotAssessed(
        code="dose-differs", missing=words, row=3, fact=fact
    )


def test_each_kind_of_missing_fact_has_words() -> None:
    assert set(_WORDS) == set(get_args(MissingKind))


def test_a_question_of_an_earlier_release_has_no_fact() -> None:
    written = {"code": "deadline-passed", "missing": "as_of", "row": None, "test": None}
    assert NotAssessed.model_validate(written).fact is None


def test_the_fact_is_written_beside_the_words() -> None:
    written = NotAssessed.of("public-holiday", MissingFact(kind="public-holidays", year=2031)).model_dump(mode="json")
    assert written == {
        "code": "public-holiday", "missing": "public holidays of 2031", "row": None, "test": None,
        "fact": {
            "kind": "public-holidays", "year": 2031, "row": None, "course": None, "other_course": None,
            "position": None, "column": None, "count": None,
        },
    }  # fmt: skip
    assert NotAssessed.model_validate(written).model_dump(mode="json") == written


def kinds_not_listed(named: dict[str, object], listed: tuple[FindingKind, ...]) -> list[str]:
    return [name for name, kind in named.items() if isinstance(kind, FindingKind) and kind not in listed]


def test_the_catalogue_lists_every_kind_that_is_defined() -> None:
    assert kinds_not_listed(vars(catalogue), CATALOGUE) == [], "list these kinds in CATALOGUE"
    assert [kind.code for kind in CATALOGUE] == sorted({kind.code for kind in CATALOGUE})


def test_a_kind_that_is_not_listed_is_noticed() -> None:
    named = {"DOSE_DIFFERS": catalogue.DOSE_DIFFERS, "OVERRIDDEN": catalogue.OVERRIDDEN, "CATALOGUE": CATALOGUE}
    assert kinds_not_listed(named, (catalogue.OVERRIDDEN,)) == ["DOSE_DIFFERS"]
