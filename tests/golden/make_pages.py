"""The golden plans as pages, and the one way to write them: `python -m tests.golden.make_pages`.

Look at them in a browser before a difference is kept: `tests/clients/test_page_chromium.py` does, and prints them.
"""

from pathlib import Path
from typing import Final

from lemtrada_schedule import read_plan, to_html
from lemtrada_schedule.exports.titles import Titles
from tests.golden.make_plans import GOLDEN, path_of

FOLDER: Final = Path(__file__).parent / "pages"
PAGES: Final[tuple[tuple[str, Titles], ...]] = (*((name, "clinical") for name in GOLDEN), ("us-two-courses", "neutral"))


def page_path(name: str, titles: Titles) -> Path:
    """Return the file of a golden page."""
    return FOLDER / f"{name}-{titles}.html"


def page_of(name: str, titles: Titles) -> str:
    """Return the page of a golden plan, as its file has the plan."""
    return to_html(read_plan(path_of(name)), titles=titles)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for golden, golden_titles in PAGES:
        page_path(golden, golden_titles).write_text(page_of(golden, golden_titles), encoding="utf-8", newline="\n")
