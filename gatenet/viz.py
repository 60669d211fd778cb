"""The bridge to the folder viz/, which an installed gatenet has here as a package.

In a checkout, and in an editable install, that folder stands beside this one: this module
loads it under the name `gatenet.viz` and steps aside.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viz import *  # noqa: F403
else:
    _folder = Path(__file__).resolve().parent.parent / "viz"
    _spec = importlib.util.spec_from_file_location(
        __name__, _folder / "__init__.py", submodule_search_locations=[str(_folder)]
    )
    sys.modules[__name__] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[__name__])
