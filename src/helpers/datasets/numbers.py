"""Text full of small numbers, read many at once. In: bytes. Out: their values, or None if in doubt.

A loop looks at one number at a time, which takes long for the 83 million pixels of FER-2013. Here
NumPy looks at a whole block: at all last digits, all digits before them, and all before those.
"""

from collections.abc import Iterable

import numpy as np

_ZERO = np.uint8(ord("0"))
_SPACE = np.uint8((ord(" ") - ord("0")) % 256)  # what a space becomes when zero is subtracted

#: Spaces put in front, so that every digit has three places before it.
_MARGIN = 3


def read_numbers(
    text: bytes, gaps: Iterable[tuple[int, int]] = ()
) -> tuple[np.ndarray, np.ndarray] | None:
    """Read numbers from 0 to 255 that stand in plain digits between spaces.

    Parameters
    ----------
    text : bytes
        The text.
    gaps : pairs of int
        Start and stop of stretches to pass over, whatever stands there.

    Returns
    -------
    values : array of uint8
        The numbers in order.
    ends : array of int
        Where in the text each number ends: the position of its last digit.

    None is returned in place of both where anything else stands in the text: a letter, a sign, a
    number above 255, or one of more than three digits. Someone slower has to look at it then.

    Examples
    --------
    >>> values, ends = read_numbers(b"0 17 255")
    >>> values
    array([  0,  17, 255], dtype=uint8)
    >>> read_numbers(b"0 17 256") is None
    True
    """
    digit = np.full(_MARGIN + len(text) + 1, _SPACE)
    # Wraps around: everything that is no digit becomes 10 or more.
    np.subtract(np.frombuffer(text, np.uint8), _ZERO, out=digit[_MARGIN:-1])
    for start, stop in gaps:
        digit[_MARGIN + start : _MARGIN + stop] = _SPACE
    is_digit = digit <= 9
    if not (is_digit | (digit == _SPACE)).all():
        return None
    digit *= is_digit
    now, before, before_that = is_digit[3:], is_digit[2:-1], is_digit[1:-2]
    third = now & before & before_that  # true at the third digit of a number
    if (third & is_digit[:-3]).any():
        return None  # four digits
    hundreds = digit[1:-2] * third
    below_hundred = digit[2:-1] * np.uint8(10)
    below_hundred += digit[3:]
    values = hundreds * np.uint8(100)
    values += below_hundred
    if hundreds.max() > 2 or (values < below_hundred).any():
        return None  # above 255: the sum has wrapped around
    # Positions first and then take: three times faster than picking by true and false.
    ends = np.flatnonzero(now[:-1] > now[1:])
    return values.take(ends), ends
