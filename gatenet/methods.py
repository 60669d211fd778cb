"""Methods of a unit (`u.relu()`, `u.exp()`): one per gate of the catalogue, put here by `eager`.

The stub beside this file says the same to type checkers; `docs/generate.py` writes it.
"""


class Methods:
    """What `Unit` inherits its gates' methods from."""

    __slots__ = ()
