"""The analysis of a sweep: which findings its design allows, all of them together, and where they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from html import escape
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import SimError
from sim.experiments import phrases
from sim.experiments.cases import DIRECTIONS
from sim.experiments.ensembles import ensembles
from sim.experiments.exceedance import AnalysisError, Threshold, exceedance
from sim.experiments.loaded import LoadedSweep, load_sweep
from sim.experiments.replicates import replicates
from sim.record.outcomes import find_outcome
from sim.scenario.words import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sim.experiments.findings import Finding

# What needs libraries of its own is imported when a design asks for it.
ANALYSES = {
    "morris": "sim.experiments.sensitivity:morris",
    "sobol": "sim.experiments.sensitivity:sobol",
    "ranks": "sim.experiments.sensitivity:ranks",
    "box": "sim.experiments.discovery:box",
    "tree": "sim.experiments.discovery:tree",
}
SAMPLED = ("latin_hypercube", "sobol", "morris")

# Of a sweep that kept nearly every outcome, what people ask for first.
HEADLINES = (
    "displaced", "trapped_peak", "civilians_killed", "liberators_killed", "defenders_killed", "days_to_liberation", "liberated",
    "buildings_damaged_share",
)  # fmt: skip
MOST_OUTCOMES = 12

UPPER = 0.75
LEAST_POINTS = 30
"""Below this many points no conditions are looked for unless asked for."""

FOLDER = "analysis"
_PERCENT = 100


@dataclass(frozen=True)
class Analysis:
    """All that was found in a sweep.

    Attributes:
        sweep: The sweep as read.
        outcomes: Outcomes that were looked at.
        findings: Findings by name: their kind, and the outcome where they are about one.
        notes: What holds for all of them, and what was left out and why; one sentence each.
    """

    sweep: LoadedSweep
    outcomes: tuple[str, ...]
    findings: dict[str, Finding]
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Finding:
        """A finding by its name, such as ``exceedance-displaced``."""
        if name not in self.findings:
            known = ", ".join(self.findings)
            raise KeyError(f'there is no finding "{short(name)}"{did_you_mean(name, self.findings)}; there are: {known}')
        return self.findings[name]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings.values())

    @property
    def title(self) -> str:
        """One line on what was analysed."""
        spec = self.sweep.spec
        return f"{spec.name}: {spec.title}" if spec.title else spec.name

    @property
    def extent(self) -> str:
        """How many runs it rests on, in one line."""
        sweep = self.sweep
        design = sweep.spec.design.kind.replace("_", " ")
        return (
            f"{phrases.many(len(sweep.runs), 'run')} of {phrases.many(len(sweep.points), 'point')} ({design}), "
            f"{phrases.many(sweep.spec.replicates, 'replicate')} with {sweep.spec.seeds} seeds"
        )

    def words(self) -> str:
        """Every paragraph and warning, as Markdown."""
        parts = [f"# {self.title}", f"{self.extent}.", *self.notes]
        for finding in self:
            parts += [f"## {finding.title}", finding.words]
            if notes := [f"- Note: {warning}" for warning in finding.warnings if warning != finding.words]:
                parts.append("\n".join(notes))
        return "\n\n".join(parts) + "\n"

    def save(self, folder: str | Path | None = None) -> Path:
        """Keep every table (CSV, Parquet), picture (PNG, SVG) and paragraph (``words.md``).

        Args:
            folder: Where to; ``analysis`` in the sweep folder where None. What an earlier analysis left there is replaced, other
                files stay.

        Returns:
            The folder.

        Raises:
            AnalysisError: It cannot be written; what was there is still there.
        """
        from sim.experiments.keeping import keep

        target = Path(folder) if folder is not None else self.sweep.folder / FOLDER
        keep(self, target)
        return target

    def _repr_html_(self) -> str:
        """All paragraphs, for notebooks."""
        notes = "".join(f"<div style='margin:.4em 0'>{escape(note)}</div>" for note in self.notes)
        body = "".join(finding._repr_html_() for finding in self)
        return (
            "<div style='border:1px solid #8888;border-radius:6px;padding:.8em 1em;display:inline-block;max-width:66em'>"
            f"<div style='font-size:1.15em;font-weight:600'>{escape(self.title)}</div><div>{escape(self.extent)}</div>"
            f"{notes}{body}<div style='opacity:.65;font-size:.85em'>analysis[&quot;name&quot;].tables and .plot() give tables "
            f"and pictures of: {escape(', '.join(self.findings))}</div></div>"
        )


def analyse(
    sweep: LoadedSweep | str | Path,
    outcomes: Sequence[str] | None = None,
    *,
    exceed: Sequence[str | Threshold] = (),
    box: str | Threshold | Sequence[str | Threshold] = (),
    progress: Callable[[str], object] | None = None,
) -> Analysis:
    """Analyse a sweep, finished or not, by all that its design allows.

    Ensembles where daily series were kept; exceedance of each outcome; replicates where points have several; Morris or Sobol
    indices for their designs; ranks for every sampled design; conditions (box and tree) where asked for, else for the first
    outcome that all runs have, above its upper quartile, where there are 30 points.

    Args:
        sweep: A sweep folder, or one that is loaded.
        outcomes: Outcomes to look at; None for all that the sweep kept, or the headlines where it kept more than twelve.
        exceed: Conditions whose probability is wanted, such as ``displaced>1000000``.
        box: Conditions to look for causes of, in the same form.
        progress: Called with the name of each finding before it is made.

    Returns:
        The analysis, not yet saved.

    Raises:
        AnalysisError: An outcome is unknown or was not kept, a condition is none, or no run is done.
        SweepError: The folder is no sweep folder.
    """
    loaded = sweep if isinstance(sweep, LoadedSweep) else load_sweep(sweep)
    asked = _thresholds(exceed)
    causes = _thresholds([box] if isinstance(box, str | Threshold) else box)
    for name in (*(outcomes or ()), *(one.outcome for one in (*asked, *causes))):
        _check(loaded, name)
    for one in (*asked, *causes):
        _check_unit(one)
    if loaded.runs.empty:
        why = f"{loaded.folder}: no run is done yet"
        raise AnalysisError(f"{why} ({phrases.many(loaded.failed, 'run')} failed)" if loaded.failed else why)
    chosen = tuple(dict.fromkeys(outcomes or _default(loaded)))
    for one in (*asked, *causes):
        chosen += (one.outcome,) if one.outcome not in chosen else ()
    return _Analyst(loaded, chosen, asked, causes, progress).analysis(told=bool(outcomes))


class _Analyst:
    """Makes one finding after the other; one that cannot be made is a note."""

    def __init__(
        self, sweep: LoadedSweep, outcomes: tuple[str, ...], exceed: list[Threshold], box: list[Threshold],
        progress: Callable[[str], object] | None,
    ) -> None:  # fmt: skip
        self.sweep, self.outcomes, self.exceed, self.box = sweep, outcomes, exceed, box
        self.progress = progress or (lambda _: None)
        self.findings: dict[str, Finding] = {}
        self.notes = [sweep.gap] if sweep.gap else []

    def analysis(self, *, told: bool) -> Analysis:
        left = len(self.sweep.outcomes) - len(self.outcomes)
        if left and not told:
            self.notes.append(f"{phrases.many(left, 'other outcome')} of the run table can be named to be looked at too.")
        self._ensembles()
        for name in self.outcomes:
            self._add(f"exceedance-{name}", partial(exceedance, self.sweep, name, self._of(name)))
        if self.sweep.runs.groupby("point").size().max() > 1:
            self._add("replicates", partial(replicates, self.sweep, self.outcomes, self.exceed))
        else:
            self.notes.append("Every point has one run: nothing can be said about chance, nor how many replicates are enough.")
        kind = self.sweep.spec.design.kind
        kinds = [*([kind] if kind in {"morris", "sobol"} else []), *(["ranks"] if kind in SAMPLED else [])]
        for each in kinds:
            for name in self.outcomes:
                self._add(f"{each}-{name}", partial(_made, each, self.sweep, name))
        self._conditions()
        return Analysis(self.sweep, self.outcomes, self.findings, tuple(self.notes))

    def _ensembles(self) -> None:
        self.progress("ensembles")
        found = ensembles(self.sweep, self.outcomes)
        for finding in found:
            by = finding.about["by"]
            self.findings["ensemble" if by in {"", "point"} else f"ensemble-by-{by.replace('.', '-')}"] = finding
        if not found:
            self.notes.append("Ribbons over time are left out: the sweep kept no daily series (`keep: daily` would).")

    def _of(self, outcome: str) -> list[Threshold]:
        return [one for one in self.exceed if one.outcome == outcome]

    def _conditions(self) -> None:
        wanted = self.box or self._usual()
        for i, one in enumerate(wanted):
            direction = DIRECTIONS[one.sign]
            number = f"-{i + 1}" if [other.outcome for other in wanted].count(one.outcome) > 1 else ""
            for kind in ("box", "tree"):
                make = partial(_made, kind, self.sweep, one.outcome, one.value, direction)
                self._add(f"{kind}-{one.outcome}{number}", make)

    def _usual(self) -> list[Threshold]:
        """The upper quartile of the first outcome that every run has and that varies, in a design that is large enough."""
        if self.sweep.runs["point"].nunique() < LEAST_POINTS:
            return []
        for name in self.outcomes:
            values = self.sweep.runs[name].astype("float64")
            quartile = float(values.quantile(UPPER)) if values.notna().all() else float("nan")
            if (values > quartile).any() and phrases.unit(name) != "yes/no":
                told = phrases.with_unit(quartile, phrases.unit(name))
                self.notes.append(
                    f"Conditions are looked for that take {name} above its upper quartile, {told}, as no threshold was named."
                )
                return [Threshold(name, ">", quartile)]
        return []

    def _add(self, name: str, make: Callable[[], Finding]) -> None:
        self.progress(name)
        try:
            self.findings[name] = make()
        except SimError as error:
            self.notes.append(f"{name} is left out: {error}.")


def _made(kind: str, *args: Any) -> Finding:  # noqa: ANN401  each analysis has its own
    module, _, function = ANALYSES[kind].partition(":")
    found: Finding = getattr(import_module(module), function)(*args)
    return found


def _thresholds(conditions: Iterable[str | Threshold]) -> list[Threshold]:
    """Conditions as read, each once."""
    return list(dict.fromkeys(one if isinstance(one, Threshold) else Threshold.parse(one) for one in conditions))


def _check(sweep: LoadedSweep, name: str) -> None:
    if name in sweep.outcomes:
        return
    if find_outcome(name) is not None:
        raise AnalysisError(f"the sweep did not keep {name} (it kept {phrases.names(sweep.outcomes, MOST_OUTCOMES)})")
    hint = did_you_mean(name, sweep.outcomes) or f"; it kept {phrases.names(sweep.outcomes, MOST_OUTCOMES)}"
    raise AnalysisError(f'there is no outcome "{short(name)}"{hint}')


def _check_unit(one: Threshold) -> None:
    """Refuse a condition that means nothing in the outcome's unit."""
    unit = phrases.unit(one.outcome)
    plain = f"{one.outcome}{one.sign}"
    if one.percent and unit != "share":
        counted = f", which is counted in {unit}" if unit not in {"", "yes/no"} else ""
        value = 0.5 if unit == "yes/no" else 100 * one.value
        raise AnalysisError(f'% fits shares, not {one.outcome}{counted}: write "{plain}{value:.10g}"')
    if unit == "share" and one.value > 1:
        instead = f' (write "{plain}{one.value:.10g}%")' if not one.percent and one.value <= _PERCENT else ""
        raise AnalysisError(f"{one.outcome} is a share, which is never over 1: {one.value:.10g} was asked for{instead}")
    if unit == "yes/no" and one.holds(0.0) == one.holds(1.0):
        raise AnalysisError(f'"{one}" does not part yes (1) from no (0): write "{one.outcome}>0.5" or "{one.outcome}<0.5"')


def _default(sweep: LoadedSweep) -> tuple[str, ...]:
    if len(sweep.outcomes) <= MOST_OUTCOMES:
        return sweep.outcomes
    return tuple(name for name in HEADLINES if name in sweep.outcomes) or sweep.outcomes[:MOST_OUTCOMES]
