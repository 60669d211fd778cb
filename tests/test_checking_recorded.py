"""What the checker says, word for word and figure for figure, as it was read and recorded."""

from pathlib import Path

import checkedcases
import pytest

RECORD = (Path(__file__).parent / "recorded" / "checking.txt").read_text(encoding="utf-8")
SAID = dict(part.split("\n", 1) for part in ("\n" + RECORD).split("\n== ")[1:])


@pytest.mark.parametrize("name", checkedcases.CASES)
def test_a_report_says_what_was_recorded(name):
    """Verdict, reason, values, errors, tolerances, notes and the guilty gate are those recorded."""
    assert checkedcases.transcript(name).split("\n", 1)[1].rstrip() == SAID[name].rstrip()


def test_every_record_has_a_case():
    """No record is left of a case that is gone."""
    assert list(SAID) == list(checkedcases.CASES)
