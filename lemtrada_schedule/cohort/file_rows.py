"""`FileRows`: what became of the rows of one file of a cohort."""

from dataclasses import dataclass

from lemtrada_schedule.validation.summary import one_line

__all__ = ["FileRows"]


@dataclass(frozen=True, slots=True, repr=False)
class FileRows:
    """The row counts of one file, or of a frame.

    `rows` = `audited` + `refused` + `blank` + `other` + `superseded`.
    """

    file: str
    """The name of the file; empty for a frame."""
    rows: int
    audited: int
    refused: int
    blank: int
    other: int = 0
    """Rows of other medicines; in a table of observations, rows whose code no test of the protocol has, or whose
    patient is not in the cohort."""
    superseded: int = 0
    """Repetitions of a line of a claim that is in another row."""
    last_row: int = 0
    """The number of its last row, through all files; 0 in a total, and of Spark."""

    def __repr__(self) -> str:
        """Show the counts, and not the name of the file."""
        counts = {"rows": self.rows, "audited": self.audited, "refused": self.refused, "blank": self.blank}
        others = {"other": self.other, "superseded": self.superseded}
        return one_line("FileRows", [*counts.items(), *((name, count) for name, count in others.items() if count)])
