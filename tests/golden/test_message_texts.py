"""What the list of all messages holds; that it is fresh is tested with the other golden files."""

from tests.golden.message_texts import findings, sentences


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
