"""The conformance cases once more, with every computed value validated."""

import pytest

from lemtrada_schedule.conformance import run_cases
from lemtrada_schedule.validation.computed import Computed


@pytest.mark.sweep
def test_all_cases_pass_while_every_computed_value_is_validated() -> None:
    assert Computed.checked
    assert run_cases().differences == ()
