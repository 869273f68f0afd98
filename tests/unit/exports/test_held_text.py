"""Held text comes back as it was written, in pieces, and takes a fraction of its size."""

from lemtrada_schedule.exports.text.held_text import HeldText


def test_text_comes_back_as_it_was_written() -> None:
    parts = ["", "José ", "€" * 70_000, "\n", "\udc80", "last"]
    text = HeldText()
    assert [text.write(part) for part in parts] == [len(part) for part in parts]
    assert "".join(text.pieces()) == "".join(parts)
    assert "".join(HeldText().pieces()) == ""


def test_what_a_program_prints_is_written_in_pieces_and_takes_a_fraction() -> None:
    text = HeldText()
    assert text.writable(), "it replaces standard output, which libraries may ask"
    for number in range(20_000):
        print(f"p{number}: initial-treatment-incomplete, course 1 has {number % 5} infusion days", file=text)
    assert sum(map(len, text._held)) < 200_000
    pieces = list(text.pieces())
    assert len(pieces) > 2
    assert sum(map(len, pieces)) > 1_300_000
    assert repr(text) == "HeldText()"
