"""The kinds of case: what is spoilt, what is asked of it, and what must hold whatever comes of it.

A case is one kind and one number; the two, and the seed of the series, give the same case on any machine. It returns
``ACCEPTED`` or ``REFUSED`` and raises on anything else: an exception that is not the package's own, a traceback, another exit
code than 0, 1 or 2, exit 0 for what cannot be meant, a changed input.
"""

from __future__ import annotations

import random
import shutil
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

from fuzz_base import Case, Material
from fuzz_commands import battle, command_line
from fuzz_folders import city_bytes, city_structure, run_believed, run_bytes, run_structure
from fuzz_scenarios import scenario_bytes, scenario_lines, scenario_values, set_words

KINDS: dict[str, Callable[[Case], str]] = {
    function.__name__: function
    for function in (
        scenario_bytes,
        scenario_lines,
        scenario_values,
        set_words,
        city_bytes,
        city_structure,
        run_bytes,
        run_believed,
        run_structure,
        command_line,
        battle,
    )
}


def run_case(kind: str, number: int, seed: int, folder: Path, material: Material) -> str:
    """Run one case; the verdict, or the trace of what went wrong."""
    folder.mkdir(parents=True)
    case = Case(kind, random.Random(f"{seed}/{kind}/{number}"), folder, material)
    try:
        return KINDS[kind](case)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return traceback.format_exc()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
