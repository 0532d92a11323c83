"""Command lines of all kinds, and battles with values from bound to bound."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from unittest import mock

from fuzz_base import ACCEPTED, REFUSED, TICKS, Case, call, tree
from fuzz_mutations import WORDS
from fuzz_scenarios import lay_scenarios, some_values

from sim.record.run import Run
from sim.scenario import load

COMMANDS = (
    "list",
    "show",
    "validate",
    "schema",
    "new",
    "replay",
    "plot",
    "run",
    "shw",
    "",
    "--help",
    "-h",
    "--debug",
    "--version",
)
OPTIONS = (
    "--set",
    "--seed",
    "--out",
    "--json",
    "--check",
    "--yaml",
    "--changed",
    "--from",
    "--debug",
    "--help",
    "--nonsense",
    "--",
    "-x",
)


def command_line(case: Case) -> str:
    """Commands, options and words in any order; nothing that is there already is written over."""
    lay_scenarios(case)
    rng = case.rng
    shutil.copytree(case.material.run_folder, case.folder / "kept")
    names = (
        "small.yaml",
        "kept",
        "nowhere",
        "op_ed",
        "again",
        "kept/manifest.json",
        ".",
        "seed=3",
        "time.max_days=2",
        "out",
        "-5",
        "7",
        *WORDS,
    )
    words = [rng.choice(COMMANDS)] if rng.random() < 0.9 else []
    words += [rng.choice(OPTIONS if rng.random() < 0.4 else names) for _ in range(rng.randint(0, 5))]
    words = [word.replace("\0", "") for word in words]
    before = tree(case.folder)
    whole = case.material.run
    with (
        contextlib.chdir(case.folder),
        mock.patch("sim.cli.runs._simulate", side_effect=lambda *_, **__: Run.load(case.material.run_folder)),
        mock.patch("sim.cli.runs.end_on_sigterm"),
        mock.patch("sim.views.overview.save_all", return_value=[]),
    ):
        answer = call(*words)
    after = tree(case.folder)
    assert before.items() <= after.items(), "a file was changed or removed"
    if answer.code:
        assert before == after, "a refused command wrote something"
    for made in {Path(name).parent for name in after.keys() - before.keys() if name.endswith("manifest.json")}:
        assert Run.load(case.folder / made).digest == whole.digest
    return REFUSED if answer.code else ACCEPTED


def battle(case: Case) -> str:
    """What ``validate`` takes runs: scenarios with values from bound to bound, built and stepped."""
    from sim.battle import Battle

    lay_scenarios(case)
    path = case.folder / "small.yaml"
    sets = [
        f"{'.'.join(key)}={value}" for key, value in some_values(case, 25, inside_only=True).items() if not isinstance(value, str)
    ]
    sets = [word for word in sets if not word.startswith(("population.", "time.max_days"))]
    words = [part for word in sets for part in ("--set", word)]
    if call("validate", *words, str(path)).code:
        return REFUSED
    fought = Battle(load(path, sets), seed=1, check=True)
    for _ in range(TICKS):
        if fought.running:
            fought.step()
    return ACCEPTED
