"""A finding as a line of text: severity, code, where, what is wrong, what to do, and the source."""

from lemtrada_schedule.exports.text.style import Shown
from lemtrada_schedule.findings.finding import Finding

__all__ = ["finding_line"]


def finding_line(finding: Finding, indent: str = "") -> Shown:
    """Return a finding as one line."""
    course = f"course {finding.course}" if finding.course else ""
    row = f"row {finding.row}" if finding.row else ""
    where = ", ".join(filter(None, (course, row)))
    source = f"; {finding.cite.upper()}" if finding.cite else ""
    accepted = f"; accepted by {finding.override.by}: {finding.override.why}" if finding.override else ""
    place = f" ({where})" if where else ""
    text = f"{finding.severity} {finding.code}{place}: {finding.message}; {finding.hint}{source}{accepted}"
    return Shown(f"{indent}{text}", finding.severity)
