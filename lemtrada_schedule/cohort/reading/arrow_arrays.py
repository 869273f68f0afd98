"""`plain_array`: a column of a frame as one Arrow array of plain values."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.validation.arguments import refused

__all__ = ["PER_DAY", "one_array", "plain_array"]

PER_DAY: Final = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
"""How many of each unit of a timestamp a day has."""

MOST_BYTES: Final = 1 << 31
"""The most bytes that one array of plain text can hold."""

_DECIMAL_BITS: Final = 128


def plain_array(column: pa.ChunkedArray, place: str) -> pa.Array:
    """Return a column as one array of plain values, with NaN as null.

    Raises:
        InvalidInput: The column holds nested values, or is damaged.
    """
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(kind) or pa.types.is_binary_view(kind):
        raise refused("wrong-type", place, f"expected numbers, text or dates, got {kind}")
    _check_whole(column, place)
    if pa.types.is_dictionary(column.type):
        column = pa.chunked_array([_decoded(chunk) for chunk in column.chunks], _taken_as(kind))
    else:
        column = column.cast(_taken_as(kind)) if _taken_as(kind) != kind else column
    if pa.types.is_string(column.type) and column.nbytes >= MOST_BYTES:
        column = column.cast(pa.large_string())
    one = one_array(column)
    if not pa.types.is_floating(one.type):
        return one
    one = one if pa.types.is_float64(one.type) else _as_shortest(one)
    one = pc.if_else(pc.is_nan(one), None, one)
    return pa.nulls(len(one)) if one.null_count == len(one) else one  # pandas gives empty columns the type of numbers


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array; a column of one chunk is not copied."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _taken_as(kind: pa.DataType) -> pa.DataType:
    """Return the type that a column is cast to: Arrow supports few functions for text views and small decimals."""
    if pa.types.is_string_view(kind):
        return pa.large_string()
    is_small = pa.types.is_decimal(kind) and kind.bit_width < _DECIMAL_BITS
    return pa.decimal128(kind.precision, kind.scale) if is_small else kind


def _decoded(chunk: pa.DictionaryArray) -> pa.Array:
    values = chunk.dictionary
    return values.cast(_taken_as(values.type)).take(chunk.indices)


def _as_shortest(column: pa.Array) -> pa.Array:
    """Return 16-bit and 32-bit numbers as their shortest decimals: 11.9, never 11.899999… (S34)."""
    bits = pa.uint16() if pa.types.is_float16(column.type) else pa.uint32()
    seen = column.view(bits).dictionary_encode()
    values = np.asarray(seen.dictionary).view(column.type.to_pandas_dtype())
    return pa.array([float(str(value)) for value in values], pa.float64()).take(seen.indices)


def _check_whole(column: pa.ChunkedArray, place: str) -> None:
    """Refuse text that is not UTF-8 and damaged arrays; Arrow's own error may repeat text."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        is_text = "UTF8" in str(error)
    else:
        return
    if is_text:
        raise refused("wrong-type", place, "expected text in UTF-8; convert the column first")
    raise refused("wrong-type", place, "the column is damaged: its parts contradict each other; export it again")
