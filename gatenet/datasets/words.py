"""Words to learn spelling from.  Knows the one shipped list."""

from __future__ import annotations

from gatenet.datasets.shipped import lines


def names() -> list[str]:
    """Load 32,033 first names in small letters, in the order of their file.

    Compiled by Andrej Karpathy for makemore (MIT licence) from the names that ssa.gov, the Social
    Security Administration of the USA, gives for 2018; `names.md` beside the file says more.

    >>> found = names()
    >>> len(found), found[:3], "".join(sorted(set("".join(found))))
    (32033, ['emma', 'olivia', 'ava'], 'abcdefghijklmnopqrstuvwxyz')
    """
    return lines("names.txt.gz")
