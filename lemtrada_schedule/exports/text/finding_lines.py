"""A finding as a line of text: severity, code, what is wrong, what to do; in records also where, and the source."""

from lemtrada_schedule.exports.text.style import Shown
from lemtrada_schedule.findings.finding import Finding

__all__ = ["finding_line", "recorded_line"]


def finding_line(finding: Finding, indent: str = "", *, place: str = "", source: str = "") -> Shown:
    """Return a finding as one line."""
    words = f"{finding.severity} {finding.code}{place}: {finding.message}; {finding.hint}{source}"
    return Shown(f"{indent}{words}", finding.severity)


def recorded_line(finding: Finding, indent: str) -> Shown:
    """Return a finding on records as one line, with course, row and source, and who accepted it."""
    course = f"course {finding.course}" if finding.course else ""
    row = f"row {finding.row}" if finding.row else ""
    where = ", ".join(filter(None, (course, row)))
    source = f"; {finding.cite.upper()}" if finding.cite else ""
    accepted = f"; accepted by {finding.override.by}: {finding.override.why}" if finding.override else ""
    return finding_line(finding, indent, place=f" ({where})" if where else "", source=f"{source}{accepted}")
