"""Printed explanations: the ledger of paths and the causes, laid out as plain text.

Knows names and texts, and explanations and genealogies by their attributes alone.
"""

from __future__ import annotations

import math
import textwrap
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gatenet.explaining.names import amount, symbol_of
from gatenet.explaining.unconnected import outputs_text
from gatenet.texts import ELLIPSIS, count

if TYPE_CHECKING:
    from gatenet.explaining.explanation import Explanation
    from gatenet.explaining.paths import Path

WIDTH = 79
#: A space where no line may end; no name that is shown holds one.
_HOLD = "\0"
#: A longer path is shown by its two ends.
_LONGEST = 16
_ENDS = 5
#: So many paths are shown where none of them contributes anything.
_NOTHING = 3


def printed(one: Explanation) -> str:
    """Lay out an explanation."""
    parts = [f"why is {one.name}.grad {amount(one.total)}?"]
    if not one.unit.requires_grad and one.count:
        parts = [f"why is {one.name}.grad {amount(one.unit.grad)}, and not {amount(one.total)}?"]
    parts += [text for text in (_sum(one), _because(one), _stops(one), _remark(one)) if text]
    return "\n\n".join(parts)


def wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    """Wrap a paragraph; `first` starts its first line, `rest` the others."""
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=first if rest is None else rest,
        break_long_words=False, break_on_hyphens=False,
    ).replace(_HOLD, " ")  # fmt: skip


def how_many(n: int) -> str:
    """A count of any size: 12,345, or 2^60, or about 3.1e18.

    >>> how_many(12345), how_many(2**60), how_many(3 * 10**18 + 7)
    ('12,345', '2^60', 'about 3e18')
    """
    if n < 10**12:
        return count(n)
    if n & (n - 1) == 0:
        return f"2^{n.bit_length() - 1}"
    shift = max(n.bit_length() - 64, 0)
    logarithm = math.log10(n >> shift) + shift * math.log10(2.0)
    whole = math.floor(logarithm)
    digits = f"{10.0 ** (logarithm - whole):.3g}"
    return f"about {digits}e{whole}" if digits != "10" else f"about 1e{whole + 1}"


def _sum(one: Explanation) -> str:
    """The paths and what they add up to."""
    if not one.count:
        return ""
    shown = [path for path in one.paths if path.contribution] or list(one.paths[:_NOTHING])
    listed = "\n\n" + _ledger(one, shown) if shown or one.total else ""
    return wrapped(_introduction(one)) + listed


def _introduction(one: Explanation) -> str:
    """What the ledger below is, in a sentence or two."""
    above = outputs_text(list(one.outputs), one.names)
    seeded = any(path.seed != 1.0 for path in one.paths)
    factors = "the seed and the local derivatives" if seeded else "the local derivatives"
    if one.count == 1 and one.paths and not one.paths[0].ports:
        return f"{one.name} is the output itself, so its gradient is the seed."
    if one.count == 1:
        return (
            f"One path leads from {above} down to {one.name}. By the chain rule the gradient is "
            f"the product of {factors} along it:"
        )
    number = how_many(one.count)
    cut = ""
    if not one.alive and not one.total:
        return f"{number} paths lead from {above} down to {one.name}, each with a factor of 0:"
    if 0 < one.alive < one.count:
        cut = f" ({how_many(one.count - one.alive)} of them with a factor of 0)"
    return (
        f"{number} paths lead from {above} down to {one.name}{cut}. By the chain rule each adds "
        f"the product of {factors} along it, and the gradient is their sum:"
    )


def _ledger(one: Explanation, shown: Sequence[Path]) -> str:
    """One entry for each path: what it adds, its factors, its units; then the rest and the sum."""
    entries = _alike(shown)
    amounts = [amount(len(alike) * alike[0].contribution) for alike in entries]
    unlisted = one.count - len(shown)
    live = one.alive > 0 or one.total != 0.0
    if unlisted and live:
        rest = one.rest + math.fsum([p.contribution for p in one.paths if p not in shown])
        amounts.append("?" if rest != rest else amount(rest))
    summed = len(amounts) > 1 and live and len(shown) > 0
    if summed:
        amounts.append(amount(one.total))
    columns = _aligned(amounts)
    margin = " " * (len(columns[0]) + 7)
    lines = []
    for column, alike in zip(columns, entries, strict=False):
        times = f"{len(alike)}{_HOLD}times  " if len(alike) > 1 else ""
        factors, chain = _entry(alike[0], shown[0], one.names)
        lines.append(wrapped(times + factors, f"  {column}  =  ", margin))
        lines.append(wrapped(chain, margin))
    if unlisted and not live:
        lines.append(f"{margin}and {how_many(unlisted)} more")
    elif unlisted:
        lines.append(f"  {columns[len(entries)]}     {_others(one, unlisted)}")
    if summed:
        last = columns[-1].rstrip()
        lines += [f"  {('-' * len(last.strip())).rjust(len(last))}", f"  {last}"]
    return "\n".join(lines)


def _alike(paths: Sequence[Path]) -> list[list[Path]]:
    """Gather paths that differ in the operand alone, as the two of a * a."""
    found: list[list[Path]] = []
    for path in paths:
        for alike in found:
            if (path.units, path.partials) == (alike[0].units, alike[0].partials):
                alike.append(path)
                break
        else:
            found.append([path])
    return found


def _others(one: Explanation, unlisted: int) -> str:
    """What the paths are that have no entry of their own."""
    more = " more" if one.paths else ""
    what = f"{how_many(unlisted)}{more} path{'' if unlisted == 1 else 's'}"
    if unlisted == one.count - one.alive and one.total == one.total:
        what += f", {'' if unlisted == 1 else 'each '}with a factor of 0"
    return what


def _aligned(numbers: Sequence[str]) -> list[str]:
    """Numbers with their decimal points below one another."""
    parts = [_split(text) for text in numbers]
    left = max(len(a) for a, _ in parts)
    right = max(len(b) for _, b in parts)
    return [a.rjust(left) + b.ljust(right) for a, b in parts]


def _split(text: str) -> tuple[str, str]:
    """A number before and after its decimal point."""
    at = min([place for place in (text.find("."), text.find("e")) if place >= 0], default=None)
    return (text, "") if at is None else (text[:at], text[at:])


def _entry(path: Path, first: Path, names: Any) -> tuple[str, str]:
    """The factors of a path and its units; of a long one the part that tells it from the first."""
    size = len(path)
    parts = [(0, size)]
    if size > _LONGEST:
        start, end = _different(path, first) if path is not first else (0, 0)
        start, end = max(start - 1, 0), min(end + 1, size)
        parts = (
            [(start, end)] if 1 < end - start <= _LONGEST else [(0, _ENDS), (size - _ENDS, size)]
        )
    factors = [f"{amount(path.seed)} (seed)"] if path.seed != 1.0 or not size else []
    chain: list[str] = []
    last = 0
    for start, end in parts:
        if start > last:
            factors.append(f"{ELLIPSIS} {count(start - last)} more {ELLIPSIS}")
            chain.append(ELLIPSIS)
        some = zip(path.partials[start:end], path.units[start:end], strict=True)
        factors += [f"{amount(partial)} ({symbol_of(unit._gate)})" for partial, unit in some]
        chain += [names.label(unit) for unit in path.units[start : end + 1]]
        last = end
    if last < size:
        factors.append(f"{ELLIPSIS} {count(size - last)} more")
        chain.append(ELLIPSIS)
    held = [text.replace(" ", _HOLD) for text in factors]
    return f"{_HOLD}· ".join(held), f"{_HOLD}← ".join(chain)


def _different(path: Path, first: Path) -> tuple[int, int]:
    """Where a path leaves another and where it comes back: the first and last place that differ."""
    here, there = (path.units[1:], path.ports), (first.units[1:], first.ports)
    short = min(len(path), len(first))
    start = _most(short, lambda n: all(a[:n] == b[:n] for a, b in zip(here, there, strict=True)))
    back = _most(
        short - start,
        lambda n: all(a[len(a) - n :] == b[len(b) - n :] for a, b in zip(here, there, strict=True)),
    )
    return start, len(path) - back


def _most(limit: int, holds: Callable[[int], bool]) -> int:
    """The largest n up to a limit for which something holds that holds for all less."""
    return bisect_left(range(limit + 1), True, key=lambda n: not holds(n)) - 1


def _because(one: Explanation) -> str:
    """The causes, each in a sentence."""
    if not one.causes:
        return ""
    texts = [_sentence(found.text) for found in one.causes]
    if len(texts) == 1:
        return wrapped(texts[0], "Because: " if one.count else "", "")
    return "Because:\n" + "\n".join([wrapped(text, "- ", "  ") for text in texts])


def _stops(one: Explanation) -> str:
    """What stops those paths that bring nothing, where others bring something."""
    if not one.stops:
        return ""
    texts = [_sentence(found.text) for found in one.stops]
    number = how_many(one.count - one.alive)
    head = f"{number} path{' brings' if number == '1' else 's bring'} nothing:"
    return head + "\n" + "\n".join([wrapped(text, "- ", "  ") for text in texts])


def _remark(one: Explanation) -> str:
    """What to know about `.grad` itself, where it is not this gradient."""
    unit, total = one.unit, one.total
    if not unit.visited or not unit.requires_grad or unit.grad == total or unit.gate is not None:
        return ""
    if total and math.isfinite(total) and math.isfinite(unit.grad):
        times = unit.grad / total
        if times == round(times) and 2 <= times <= 1000:
            return wrapped(
                f"({one.name}.grad stands at {amount(unit.grad)}, {times:.0f} times that: "
                f"backward() adds to it, and has been run {times:.0f} times without zero_grad().)"
            )
    if unit.grad != unit.grad and total != total:
        return ""
    return wrapped(
        f"({one.name}.grad stands at {amount(unit.grad)}: other passes have added to it, or the "
        "last one had another seed or loss.)"
    )


def _sentence(text: str) -> str:
    """A clause with a full stop; names at its start are left as they are."""
    return text if text.endswith(("?", ".")) else f"{text}."
