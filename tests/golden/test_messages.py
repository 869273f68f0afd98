"""The list of all messages is fresh: who changes a sentence reads the difference."""

from tests.golden.make_messages import FILE, findings, messages, sentences


def test_the_list_of_messages_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == messages(), "run: uv run python -m tests.golden.make_messages"


def test_no_finding_leaves_a_fact_open() -> None:
    assert [line for line in findings() if "{" in line or "}" in line] == []


def test_docstrings_keys_and_patterns_are_no_sentences() -> None:
    source = '''
"""A docstring is not listed at all."""
CODE = "out-of-range"
PATTERN = "[0-9]{1,2} of the following days"
message = f"expected at most {limit} days; correct it"
'''
    assert list(sentences(source)) == ["expected at most <…> days; correct it"]
