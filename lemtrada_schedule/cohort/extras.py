"""`check_extra`: refuse a call whose optional packages are not installed."""

from importlib.util import find_spec

from lemtrada_schedule.errors import MissingExtra

__all__ = ["check_extra"]


def check_extra(extra: str, *packages: str) -> None:
    """Raise `MissingExtra` if a package of an extra is not installed."""
    for package in packages:
        if find_spec(package) is None:
            raise MissingExtra(extra, package)
