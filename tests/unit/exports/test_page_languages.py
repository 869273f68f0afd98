"""The languages of a page: their words, their dates, and files of a clinic's own."""

import html
import re
import string
import sys
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import babel
import pytest
from babel.dates import format_date, format_skeleton, format_time
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_schedule import InvalidInput, MissingExtra, Plan, ScheduleError, UnreadableFile, load_protocol, to_html
from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.html.language import english, language_of, languages
from lemtrada_schedule.exports.html.language_dates import dates_of
from lemtrada_schedule.exports.html.timeline_shapes import Labels
from lemtrada_schedule.findings.reasons import counted
from lemtrada_schedule.plan.items import items
from lemtrada_schedule.plan.neutral_titles import neutral_title, spaced_day
from tests.golden.make_plans import GOLDEN, golden_plan
from tests.unit.exports.test_page import BOTH, parsed, words_in
from tests.unit.exports.test_page_sheet import boston

LAYOUTS: Final = ("sheet", "full")


def tables(language: str) -> dict[str, Any]:
    text = files("lemtrada_schedule.exports.html").joinpath("languages", f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)


def keys(language: str) -> dict[str, Any]:
    found = {name: table for name, table in tables(language).items() if isinstance(table, dict)}
    return {f"{name}.{key}": text for name, table in found.items() for key, text in table.items()}


def whole(language: str) -> dict[str, Any]:
    """Return all words of a language that this library has no words of: the English ones, told by a mark."""

    def marked(text: Any) -> Any:
        return {form: marked(one) for form, one in text.items()} if isinstance(text, dict) else f"¿{text}"

    named = {
        name: {key: marked(text) for key, text in table.items()}
        for name, table in tables("en").items()
        if isinstance(table, dict) and name not in ("titles", "visits")
    }
    return {"language": language, **named}


def without_tags(page: str) -> str:
    """Return the text of a page; whether it has a good form is asked elsewhere."""
    return " ".join(html.unescape(re.sub("<[^>]*>", "", page)).split())


def problems(words: Any, **how: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        language_of(how.get("language"), words)
    return [(problem.code, problem.place) for problem in caught.value.problems]


# --- the shipped files ---------------------------------------------------------------------------


def test_the_languages_of_this_library() -> None:
    assert languages() == ("de", "en")


@pytest.mark.parametrize("language", sorted(set(languages()) - {"en"}))
def test_a_shipped_language_has_every_key_and_placeholder_of_english(language: str) -> None:
    """Read as a clinic's own file of a language that is not shipped: every check holds, and nothing is missing."""
    own = {**tables(language), "language": "nl"}
    assert language_of(None, own).tag == "nl"
    assert set(keys(language)) - set(keys("en")) == {
        key for key in keys(language) if key.startswith(("titles.", "visits."))
    } - set(keys("en"))


def test_english_is_what_the_rest_of_the_library_says() -> None:
    words = keys("en")
    assert words["page.aid"] == PLANNING_AID
    assert Labels(**{name: words[f"timeline.{name}"] for name in Labels._fields}) == Labels()


@pytest.mark.parametrize("name", GOLDEN)
def test_english_titles_and_reasons_are_those_of_other_exports(name: str) -> None:
    """`neutral_title` and `counted` are what calendar files and texts are written with."""
    plan = golden_plan(name)
    page = without_tags(to_html(plan, layout="full"))
    dated = [item for item in items(plan) if item.day and item.shape in ("holds", "hours")]
    assert [title for item in dated if (title := neutral_title(item)) not in page] == []
    clinical = without_tags(to_html(plan, titles="clinical"))
    reasons = {counted(item.because, spaced_day) for item in dated if item.because}
    assert [reason for reason in reasons if reason not in clinical] == []


@pytest.mark.parametrize("protocol", ["us-2024-05", "us-2024-05-r2", "eu-2020-01", "eu-2020-01-r2"])
@pytest.mark.parametrize("language", sorted(set(languages()) - {"en"}))
def test_every_title_of_a_shipped_protocol_is_translated(protocol: str, language: str) -> None:
    actions = load_protocol(protocol).actions
    neutral = {action.neutral_title for action in actions if action.kind != "note"}
    clinical = {action.title for action in actions if action.kind != "note"}
    assert neutral - tables(language)["titles"].keys() == set()
    assert clinical - tables(language)["titles"].keys() == set()


def all_pages() -> Iterator[str]:
    for name in ("us-two-courses", "eu-four-courses"):
        for titles in BOTH:
            for layout in LAYOUTS:
                how: Any = {"titles": titles, "layout": layout}
                yield to_html(golden_plan(name), words=whole("nl"), **how)


def test_no_english_is_left_on_a_page_of_another_language() -> None:
    """Headings, captions, heads of columns and legends come from the words."""
    for page in all_pages():
        document = parsed(page)
        named = [node for node in document.iter() if node.tag in ("h1", "h2", "caption", "title")]
        months = re.compile(r"[a-z]+ \d{4}")
        told = [words_in(node) for node in named]
        assert [one for one in told if not one.startswith("¿") and not months.fullmatch(one)] == []
        assert document.get("lang") == "nl"


def test_a_translation_that_nobody_reviewed_says_so() -> None:
    plan = boston()
    said = "Die Übersetzung dieser Seite ist nicht geprüft."
    for layout in LAYOUTS:
        how: Any = {"layout": layout}
        assert to_html(plan, language="de", **how).count(said) == 1
        assert said not in to_html(plan, words={"language": "de", "reviewed_by": "Clinic"}, **how)
        assert "has not been reviewed" not in to_html(plan, **how)
    assert "Clinic<" not in to_html(plan, words={"language": "de", "reviewed_by": "Zebra"})
    assert "Zebra" not in to_html(plan, words={"language": "de", "reviewed_by": "Zebra"})


# --- dates ---------------------------------------------------------------------------------------


DAYS: Final = st.dates(date(2020, 1, 1), date(2120, 1, 1))


@given(day=DAYS, minute=st.integers(0, 1439))
def test_american_dates_are_those_of_the_cldr(day: date, minute: int) -> None:
    ours, locale = dates_of("en-US"), babel.Locale("en", "US")
    moment = datetime(2027, 1, 11) + timedelta(minutes=minute)
    assert ours.full(day) == format_date(day, "full", locale=locale)
    assert ours.medium(day) == format_skeleton("yMMMEd", day, locale=locale)
    assert ours.short(day) == format_skeleton("MMMEd", day, locale=locale)
    assert ours.day_month(day) == format_skeleton("MMMd", day, locale=locale)
    assert ours.month(day) == format_skeleton("yMMMM", day, locale=locale)
    assert ours.clock_time(moment).split() == format_time(moment.time(), "short", locale=locale).split()
    assert ours.first_weekday == locale.first_week_day


@pytest.mark.parametrize("tag", ["en", "en-US", "en-GB", "de", "de-AT", "pl", "ar"])
def test_a_day_names_weekday_day_month_and_year(tag: str) -> None:
    """No two days of two years are written alike, so that none can be mistaken for another."""
    dates = dates_of(tag)
    days = [date(2027, 1, 1) + timedelta(step) for step in range(730)]
    for written in (dates.full, dates.medium):
        assert len({written(day) for day in days}) == 730
        assert all(str(day.day) in written(day) and str(day.year) in written(day) for day in days)
    assert [len(names) for names in (dates.days, dates.short_days, dates.months)] == [7, 7, 12]


def test_clock_weekday_and_order_follow_the_region() -> None:
    plan = boston(courses=1)
    american, british, german = (to_html(plan, language=tag) for tag in ("en-US", "en-GB", "de-AT"))
    assert "Mon, Jan 11, 2027" in american
    assert "8:30\xa0AM" in american
    assert "Mon, 11 Jan 2027" in british
    assert "Montag, 11. Jänner 2027" in german
    heads = [words_in(next(parsed(page).iter("thead"))[0][0][1]) for page in (american, british, german)]
    assert heads == ["Sunday", "Monday", "Montag"]
    assert (
        words_in(next(parsed(to_html(plan, language="en-US", first_weekday="monday")).iter("thead"))[0][0][1])
        == "Monday"
    )


def test_a_region_that_no_locale_has_is_ignored() -> None:
    assert dates_of("de-US").full(date(2027, 1, 11)) == "Montag, 11. Januar 2027"
    assert dates_of("de-Cyrl-US").full(date(2027, 1, 11)) == "Montag, 11. Januar 2027"


def test_plural_forms_are_those_of_the_language() -> None:
    """Polish: 1 wizyta, 2 wizyty, 5 wizyt."""
    words = whole("pl")
    words["sheet"]["visits"] = {"one": "{count} wizyta", "few": "{count} wizyty", "many": "{count} wizyt", "other": "x"}
    polish = language_of(None, words)
    told = [polish.text("sheet.visits", count=count) for count in (1, 2, 5, 22, 25)]
    assert told == ["1 wizyta", "2 wizyty", "5 wizyt", "22 wizyty", "25 wizyt"]
    assert [english().text("why.days", count=count) for count in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert [language_of("de", None).text("why.days", count=count) for count in (1, 2)] == ["1 Tag", "2 Tage"]


def test_a_language_that_is_written_from_the_right_says_so() -> None:
    assert parsed(to_html(boston(courses=1), words=whole("ar"))).get("dir") == "rtl"
    assert parsed(to_html(boston(courses=1))).get("dir") is None


def test_english_needs_no_babel_and_others_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "babel", None)
    dates_of.cache_clear()
    try:
        for tag in ("en", "en-US"):
            assert dates_of(tag).month(date(2027, 1, 1)) == "January 2027"
        with pytest.raises(MissingExtra) as caught:
            dates_of("de")
        assert "lemtrada_schedule[languages]" in str(caught.value)
    finally:
        dates_of.cache_clear()


# --- which language ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "english", "de_DE", "", "de-", "d", 5, b"de", "de-AT-1996-x", "x" * 99])
def test_a_language_without_words_is_an_unknown_name(language: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        to_html(boston(courses=1), language=language)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place, problem.argument) == ("unknown-name", "language", "language")
    assert "expected one of de, en" in problem.message


def test_a_near_miss_is_named() -> None:
    with pytest.raises(InvalidInput, match="did you mean 'de'"):
        language_of("deu", None)


def test_a_tag_may_be_spelled_in_any_case() -> None:
    assert language_of("EN-us", None).tag == "en-US"
    assert language_of("de-latn-at", None).tag == "de-Latn-AT"


def test_words_and_language_must_agree() -> None:
    assert language_of("de-AT", {"language": "de"}).tag == "de-AT"
    assert problems({"language": "de"}, language="en") == [("plan-mismatch", "language")]
    assert problems({"titles": {}}) == [("unknown-name", "words: language")]
    assert problems({"language": "qqq", **{k: v for k, v in whole("qqq").items() if k != "language"}}) == [
        ("unknown-name", "words: language")
    ]


# --- a clinic's own file -------------------------------------------------------------------------


def test_a_file_replaces_some_words(tmp_path: Path) -> None:
    path = tmp_path / "words.toml"
    path.write_text(
        'language = "de"\n[titles]\n"Laboratory test" = "Blutabnahme"\n[visits]\n"Laboratory test" = "Blutabnahme"\n'
        '[sheet]\ntitle = "Mein <Plan>"\n',
        encoding="utf-8",
    )
    for source in (path, str(path), tomllib.loads(path.read_text("utf-8"))):
        page = to_html(boston(courses=1), words=source)
        document = parsed(page)
        assert words_in(next(document.iter("h1"))) == "Mein <Plan>"
        assert "Blutabnahme: zum Abhaken" in words_in(document)
        assert document.get("lang") == "de"


def test_another_language_needs_all_words_and_names_those_that_are_missing() -> None:
    words = whole("fr")
    del words["sheet"]["title"], words["why"]["months"]
    assert problems(words) == [("missing-field", "words: sheet.title"), ("missing-field", "words: why.months")]
    assert len(problems({"language": "fr"})) == 20
    page = to_html(boston(courses=1), words=whole("fr"))
    assert "lundi 11 janvier 2027" in page


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ({"shet": {}}, ("unknown-key", "words: shet")),
        ({"sheet": "x"}, ("wrong-type", "words: sheet")),
        ({"sheet": {"titel": "x"}}, ("unknown-key", "words: sheet.titel")),
        ({"sheet": {"title": 5}}, ("wrong-type", "words: sheet.title")),
        ({"sheet": {"title": "  "}}, ("wrong-type", "words: sheet.title")),
        ({"sheet": {"title": "x" * 1_001}}, ("too-large", "words: sheet.title")),
        ({"sheet": {"title": "a\u202eb"}}, ("control-character", "words: sheet.title")),
        ({"sheet": {"title": "x {day}"}}, ("unknown-name", "words: sheet.title")),
        ({"sheet": {"by": "by"}}, ("unknown-name", "words: sheet.by")),
        ({"sheet": {"by": "{day.year}"}}, ("unknown-name", "words: sheet.by")),
        ({"sheet": {"by": "{day!r}"}}, ("unknown-name", "words: sheet.by")),
        ({"sheet": {"by": "{day:>9}"}}, ("unknown-name", "words: sheet.by")),
        ({"sheet": {"by": "{day"}}, ("unknown-name", "words: sheet.by")),
        ({"sheet": {"by": "{}"}}, ("unknown-name", "words: sheet.by")),
        ({"sheet": {"visits": "x"}}, ("wrong-type", "words: sheet.visits")),
        ({"sheet": {"visits": {"one": "x"}}}, ("wrong-type", "words: sheet.visits")),
        ({"sheet": {"visits": {"other": "x", "lots": "y"}}}, ("wrong-type", "words: sheet.visits")),
        ({"sheet": {"visits": {"other": "{days}"}}}, ("unknown-name", "words: sheet.visits.other")),
        ({"titles": {"A": 5}}, ("wrong-type", "words: titles.1")),
        ({"titles": {str(number): "x" for number in range(501)}}, ("too-large", "words: titles")),
        ({"reviewed_by": 5}, ("wrong-type", "words: reviewed_by")),
        ({"reviewed_by": "{x}"}, ("unknown-name", "words: reviewed_by")),
        ({"x" * 65: {}}, ("unknown-key", "words: a key")),
    ],
)
def test_what_is_wrong_with_a_file_is_named(table: dict[str, Any], found: tuple[str, str]) -> None:
    assert problems({"language": "de", **table}) == [found]


def test_the_value_of_a_text_is_never_repeated() -> None:
    with pytest.raises(InvalidInput) as caught:
        language_of(None, {"language": "de", "sheet": {"by": "Zebra {patient}"}})
    assert "Zebra" not in str(caught.value)
    assert "patient" not in str(caught.value)
    assert "{day}" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff", "encoding"),
        (b"x" * (64 * 1024 + 1), "too-large"),
        (b"a = ", "toml-structure"),
        (None, "unreadable-file"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "words.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises((UnreadableFile, InvalidInput)) as caught:
        to_html(boston(courses=1), words=path)
    assert caught.value.code == code
    assert "words.toml" in str(caught.value)


@pytest.mark.parametrize("given_words", [5, b"words.toml", ["a"], "[sheet]\ntitle = 1"])
def test_what_is_no_path_and_no_table(given_words: Any) -> None:
    with pytest.raises(ScheduleError):
        to_html(boston(courses=1), words=given_words)


TEXT: Final = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=40)


@given(text=TEXT.filter(str.strip))
def test_no_text_of_a_file_can_be_anything_but_text(text: str) -> None:
    plain = text.replace("{", "(").replace("}", ")")
    page = to_html(PLAN, words={"language": "en", "sheet": {"title": plain, "by": f"{plain} {{day}}"}})
    document = parsed(page)
    assert "".join(next(document.iter("h1")).itertext()) == plain
    assert {str(node.tag) for node in document.iter()} == TAGS


PLAN: Final[Plan] = boston(courses=1)
TAGS: Final = {str(node.tag) for node in parsed(to_html(PLAN)).iter()}


def test_braces_in_texts_are_doubled() -> None:
    assert language_of(None, {"language": "en", "sheet": {"title": "{{x}}"}}).text("sheet.title") == "{x}"
    assert language_of(None, {"language": "en", "sheet": {"title": "{{x}}"}}).say("sheet.title") == "{x}"


def test_a_formatter_of_the_standard_library_is_not_given_values_of_ours() -> None:
    """Placeholders are plain names, so that no text reaches into a value."""
    for key, text in keys("en").items():
        if key.startswith(("titles.", "visits.")):
            continue
        for one in text.values() if isinstance(text, dict) else (text,):
            for _, name, form, how in string.Formatter().parse(one):
                assert name is None or (name.isidentifier() and not form and not how)
