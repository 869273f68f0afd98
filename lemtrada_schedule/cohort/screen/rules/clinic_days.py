"""Screening rules on the clinic's calendar: closed days and public holidays."""

from typing import Final

import numpy as np

from lemtrada_schedule.cohort.screen.layout import CLOSED, DAY, PUBLIC, UNKNOWN
from lemtrada_schedule.cohort.screen.rules.case import Block, Twin
from lemtrada_schedule.findings.catalogue import CLINIC_CLOSED, PUBLIC_HOLIDAY
from lemtrada_schedule.judging.rules import clinic_days as rules

__all__ = ["TWINS"]


def on_open_days(block: Block) -> None:
    """Report the rows on closed days and public holidays, and note the years without holiday data."""
    if block.tables.closed is None:
        return
    why = block.tables.closed[block.key & DAY]
    shut = np.flatnonzero(why != 0)
    for reason, kind in ((CLOSED, CLINIC_CLOSED), (PUBLIC, PUBLIC_HOLIDAY)):
        block.report_rows(kind, shut[why[shut] == reason])
    unknown = shut[why[shut] == UNKNOWN]
    block.result.unknown_years.update(np.unique(block.tables.year[block.key[unknown] & DAY]).tolist())


TWINS: Final[tuple[Twin, ...]] = (Twin((rules.on_open_days,), on_open_days),)
