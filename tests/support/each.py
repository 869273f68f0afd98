"""One test over many values, which tells every value that fails."""

from collections.abc import Callable, Iterable
from typing import TypeVar

__all__ = ["each"]

_Value = TypeVar("_Value")


def each(
    values: Iterable[_Value], name: Callable[[_Value], str] = str
) -> Callable[[Callable[[_Value], None]], Callable[[], None]]:
    """Make one test over all of some values from a test of one value.

    It goes on after a failure, and tells every failure in the end, each with the name of its value. It is for small
    tests over long lists: `pytest.mark.parametrize` makes a test of each value, and a run then spends more time between
    the tests than in them. The test takes no fixture.
    """
    kept = list(values)

    def over_all(test: Callable[[_Value], None]) -> Callable[[], None]:
        def test_of_all() -> None:
            assert kept, "there is no value to test"
            failed = []
            for value in kept:
                try:
                    test(value)
                except Exception as error:  # noqa: BLE001  # raised again below
                    error.add_note(f"with {name(value)}")
                    failed.append(error)
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {len(kept)} values", failed)

        test_of_all.__name__, test_of_all.__doc__, test_of_all.__module__ = test.__name__, test.__doc__, test.__module__
        return test_of_all

    return over_all
