"""Commands that run a scenario or read a run: run, replay, plot."""

from __future__ import annotations

import json
import math
import re
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.failing import DONE, FAILED, BadInputError, say, told
from sim.cli.scenarios import Name, Sets  # noqa: TC001  read at run time, as annotations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.record import Run
    from sim.scenario import Scenario

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, such as runs/op_ed-1-1a2b3c4d.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("run")(told(run))
    app.command("replay")(told(replay))
    app.command("plot")(told(plot))


def run(
    name: Name,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of the run; the scenario's own if not given.")
    ] = None,
    sets: Sets = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder that run folders are written to.")] = Path(
        "runs"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Verify at every tick that no people are lost or made (slower).")
    ] = False,
    checkpoint: Annotated[
        str | None, typer.Option("--checkpoint", metavar="DAYS", help="Keep the whole state at the end of these days: 30,60.")
    ] = None,
) -> None:
    """Run a scenario to its end and keep the results in a run folder."""
    from sim.cli.scenarios import checked

    end_on_sigterm()
    if seed is not None and not 0 <= seed < 2**63:
        raise BadInputError(f"--seed must be a whole number between 0 and {2**63 - 1}, not {seed}")
    scenario = checked(name, [*(sets or ()), *([f"seed={seed}"] if seed is not None else [])])
    days = _checkpoint_days(checkpoint, scenario.time.max_days)
    check_out(out)
    say(f"{scenario.name}, seed {scenario.seed}" + (f": {scenario.title}" if scenario.title else ""))
    finished = _simulate(scenario, check=check, checkpoints=days)
    folder = finished.save(out)
    if as_json:
        typer.echo(_as_json(finished, scenario, folder))
    else:
        _print_summary(finished.summary, scenario)
    if missed := [day for day in days if day not in finished.checkpoint_days]:
        say(f"no state of day {', '.join(map(str, missed))}: the battle was over before")
    say(f"kept in {folder}\n  pictures:  python run.py plot {folder}")


def replay(folder: RunFolder) -> int:
    """Run a kept run again and compare: the same result, to the last digit?"""
    from sim.record.manifest import branched_words
    from sim.scenario import load

    end_on_sigterm()
    kept = open_run(folder)
    if branched := kept.manifest.get("branched"):
        raise BadInputError(f"{folder}: {branched_words(branched)}")
    seed = kept.manifest.get("seed")
    if not isinstance(seed, int):
        raise BadInputError(f"{folder}: its manifest names no seed")
    scenario = load(folder / "scenario.yaml", {"seed": seed})
    say(f"again: {scenario.name}, seed {seed}")
    again = _simulate(scenario, check=False)
    if again.digest == kept.digest:
        typer.echo(f"same: digest {again.digest}")
        return DONE
    typer.echo(f"different: digest {again.digest}, kept {kept.digest}")
    for line in _differences(kept, again):
        typer.echo(f"  {line}")
    return FAILED


def plot(
    folder: RunFolder,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder for the pictures; RUN/plots if not given."),
    ] = None,
) -> None:
    """Draw maps and charts of a run."""
    end_on_sigterm()
    kept = open_run(folder)
    from sim.cli.files import filled
    from sim.views.overview import save_all

    target = out or folder / "plots"
    with filled(target) as workplace:
        names = [path.name for path in save_all(kept, workplace)]
    for name in names:
        typer.echo(str(target / name))


def _checkpoint_days(text: str | None, max_days: int) -> list[int]:
    """Days named by ``--checkpoint``, in order and each once."""
    days = set()
    for word in (text or "").split(",") if text is not None else ():
        if not re.fullmatch(r"\d{1,6}", word.strip(), re.ASCII):
            raise BadInputError(f"--checkpoint wants days, such as 30,60, not {text!r}")
        days.add(int(word))
    if days and max(days) >= max_days:
        last = f"the last day of the run is {max_days - 1} (time.max_days; day 0 is the first)"
        raise BadInputError(f"--checkpoint {max(days)}: {last}")
    return sorted(days)


def _simulate(scenario: Scenario, *, check: bool, checkpoints: Sequence[int] = ()) -> Run:
    from sim.cli.progress import progress_of
    from sim.kernels.cache import is_warm

    if not is_warm():
        say("compiling the inner loops, once on this machine: about a minute ...")
    from sim.battle import Battle

    battle = Battle(scenario=scenario, seed=scenario.seed, check=check)
    with progress_of(scenario.time.max_days) as progress:
        return battle.run(progress=progress, checkpoints=checkpoints)


def check_out(out: Path) -> None:
    """Better told now than after the battle."""
    existing = next((folder for folder in (out, *out.absolute().parents) if folder.exists()), None)
    if existing is not None and not existing.is_dir():
        raise BadInputError(f"--out {out}: {existing} is a file, not a folder")


def open_run(folder: Path) -> Run:
    """A run folder that holds to the last byte what its run wrote."""
    from sim.errors import RunError
    from sim.record import Run

    try:
        kept = Run.load(folder)
        kept.verify()
    except RunError as error:
        raise BadInputError(str(error)) from None
    return kept


def _differences(kept: Run, again: Run) -> list[str]:
    from sim.record.digest import first_difference

    lines = []
    if parted := first_difference(kept.daily, again.daily):
        lines.append(f"first in the daily series: {parted}")
    ours, theirs = kept.part_digests, again.part_digests
    lines.append(
        "parts that differ: " + (", ".join(name for name in ours if ours[name] != theirs.get(name)) or "none now")
    )
    mine, its = kept.manifest.get("versions") or {}, again.manifest.get("versions") or {}
    changed = [f"{name} {mine.get(name)} -> {its.get(name)}" for name in its if mine.get(name) != its.get(name)]
    if changed:
        lines.append("versions changed since: " + ", ".join(changed))
    if kept.manifest.get("source_hash") != again.manifest.get("source_hash"):
        lines.append("the model's source changed since")
    return lines


def _as_json(finished: Run, scenario: Scenario, folder: Path) -> str:
    about: dict[str, Any] = {
        "scenario": scenario.name,
        "seed": scenario.seed,
        "folder": str(folder),
        "digest": finished.digest,
    }
    numbers = {name: value if math.isfinite(value) else None for name, value in finished.summary.items()}
    return json.dumps({**about, **numbers}, allow_nan=False)


def _print_summary(summary: Mapping[str, float], scenario: Scenario) -> None:
    from sim.record.reading import date_text, readable_summary

    start = scenario.time.start
    days = summary.get("days_simulated", math.nan)
    end = f" to {date_text(start + timedelta(days=int(days) - 1))}" if math.isfinite(days) else ""
    typer.echo(f"\n{scenario.name}, seed {scenario.seed}: {date_text(start)}{end}")
    rows = readable_summary(summary, start)
    width = max((len(label) for _, label, _ in rows), default=0)
    group = None
    for heading, label, text in rows:
        if heading != group:
            typer.echo("\n" + typer.style(heading, bold=True))
            group = heading
        typer.echo(f"  {label:<{width}}  {text}")
    typer.echo("")


def end_on_sigterm() -> None:
    """A polite kill ends like Ctrl-C: nothing half-written stays behind."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    if hasattr(signal, "SIGTERM") and sys.platform != "win32":
        signal.signal(signal.SIGTERM, interrupt)
