"""A finished run: its tables, its maps, its folder."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sim.errors import RunError
from sim.record import accessors, folder
from sim.record.codes import WORDS
from sim.record.digest import part_digests, run_digest
from sim.record.frames import read_arrays, write_arrays
from sim.record.ground import GridInfo
from sim.record.reading import card_html, date_text, readable_summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[np.generic]]

_STATE_FILE = re.compile(r"state-day(\d+)\.npz")


class Run:
    """What one simulated battle left behind.

    A run that the model has just made holds its parts in memory; a loaded one reads each part when it is
    first asked for. Rooms above lend methods by :func:`sim.record.accessors.register`, such as ``plot`` and
    ``map``.

    Attributes:
        path: The run folder; None until the run is saved.
        manifest: What made the run (:mod:`sim.record.manifest`).
    """

    def __init__(
        self,
        *,
        scenario_yaml: str,
        manifest: Mapping[str, Any],
        summary: Mapping[str, float],
        daily: pd.DataFrame,
        neighbourhoods: pd.DataFrame,
        events: pd.DataFrame,
        frames: Mapping[str, NDArray[np.generic]],
        grid: GridInfo,
        outlines: Mapping[str, Any],
        checkpoints: Mapping[int, Mapping[str, NDArray[np.generic]]] | None = None,
        sites: pd.DataFrame,
    ) -> None:
        """Gather the parts of a run.

        Args:
            scenario_yaml: The resolved scenario, runnable as it is.
            manifest: Made by :func:`sim.record.manifest.build_manifest`.
            summary: Outcomes by name; NaN for what did not happen.
            daily: One row a day.
            neighbourhoods: One row a day and neighbourhood.
            events: The ledger in words.
            frames: Map layers, shape (days, ny, nx), in the order of ``daily``'s rows.
            grid: Frame of the map.
            outlines: GeoJSON objects by name, for drawing.
            checkpoints: The model's state by day, where asked for.
            sites: One row a day and site off the grid.
        """
        self.path: Path | None = None
        self.manifest: dict[str, Any] = dict(manifest)
        self._readers: dict[str, Callable[[], Any]] = {}
        self._state_files: dict[int, Path] = {}
        self._checkpoints = {int(day): dict(state) for day, state in (checkpoints or {}).items()}
        self._parts: dict[str, Any] = {
            "scenario_yaml": scenario_yaml,
            "summary": {name: _plain_number(value) for name, value in summary.items()},
            "daily": daily,
            "neighbourhoods": neighbourhoods,
            "sites": sites,
            "events": events,
            "frames": dict(frames),
            "grid": grid,
            "outlines": dict(outlines),
        }

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """Open a run folder; its tables and maps are read when they are first used.

        Raises:
            RunError: The folder is missing, unfinished, cut off, of another version, or no run.
        """
        place = Path(path)
        run = cls.__new__(cls)
        run.manifest = folder.open_folder(place)
        run.path = place
        run._parts, run._checkpoints = {}, {}
        run._state_files = {
            int(found[1]): place / name
            for name in run.manifest["files"]
            if (found := _STATE_FILE.fullmatch(name))
        }
        run._readers = _readers(place)
        return run

    def _part(self, name: str) -> Any:  # noqa: ANN401  each part has its own type
        if name not in self._parts:
            self._parts[name] = self._readers[name]()
        return self._parts[name]

    @property
    def scenario_yaml(self) -> str:
        """The resolved scenario, runnable as it is."""
        return cast("str", self._part("scenario_yaml"))

    @property
    def summary(self) -> dict[str, float]:
        """Outcomes by name (``docs/outcomes.md``)."""
        return cast("dict[str, float]", self._part("summary"))

    @property
    def daily(self) -> pd.DataFrame:
        """One row a day: date, day, every series."""
        return cast("pd.DataFrame", self._part("daily"))

    @property
    def neighbourhoods(self) -> pd.DataFrame:
        """One row a day and neighbourhood."""
        return cast("pd.DataFrame", self._part("neighbourhoods"))

    @property
    def sites(self) -> pd.DataFrame:
        """One row a day and site off the grid: screening sites, camps, hosts, informal sites."""
        return cast("pd.DataFrame", self._part("sites"))

    @property
    def events(self) -> pd.DataFrame:
        """The ledger: one row for each death, wound, strike, demolition, clash, displacement batch."""
        return cast("pd.DataFrame", self._part("events"))

    @property
    def frames(self) -> Arrays:
        """Map layers, shape (days, ny, nx) each; row 0 lies in the south, first index follows ``daily``."""
        return cast("Arrays", self._part("frames"))

    @property
    def grid(self) -> GridInfo:
        """Frame of the map."""
        return cast("GridInfo", self._part("grid"))

    @property
    def outlines(self) -> dict[str, Any]:
        """GeoJSON objects by name, for drawing."""
        return cast("dict[str, Any]", self._part("outlines"))

    @property
    def checkpoint_days(self) -> list[int]:
        """Days whose full state was kept."""
        return sorted({*self._checkpoints, *self._state_files})

    def checkpoint(self, day: int) -> Arrays:
        """The model's state at the end of a day.

        Raises:
            RunError: No state of that day was kept, or its file is damaged.
        """
        if day in self._checkpoints:
            return self._checkpoints[day]
        if day not in self._state_files:
            kept = ", ".join(map(str, self.checkpoint_days)) or "none"
            raise RunError(f"no checkpoint of day {day} (kept: {kept})")
        with folder.reading(self._state_files[day]):
            return read_arrays(self._state_files[day])

    @property
    def part_digests(self) -> dict[str, str]:
        """Digest of each part of the results, computed now from their values."""
        return part_digests(self.summary, self.daily, self.neighbourhoods, self.events, self.sites)

    @property
    def digest(self) -> str:
        """Digest of the results: of a loaded run, the one in its manifest."""
        if "digest" not in self.manifest:
            self.manifest["digest"] = run_digest(self.part_digests)
        return str(self.manifest["digest"])

    def verify(self) -> None:
        """Check that the tables hold what the manifest's digest was computed from, and a folder's files what was written.

        Raises:
            RunError: They do not.
        """
        if run_digest(self.part_digests) != self.digest:
            raise RunError(
                f"{self.path or 'the run'}: its tables are not those that its digest was computed from"
            )
        if self.path is not None and "files" in self.manifest:
            folder.check_content(self.path, self.manifest)

    @property
    def name(self) -> str:
        """Name that the run's folder has or would have: ``<scenario>-<seed>-<short hash>``."""
        return self._wanted_name() if self.path is None else self.path.resolve().name

    def _wanted_name(self) -> str:
        words = (str(self.manifest.get(key, "")) for key in ("scenario", "seed", "scenario_hash"))
        return "-".join(re.sub(r"[^\w.+-]", "_", word) or "run" for word in words)

    def save(self, parent: str | Path = "runs") -> Path:
        """Write the run folder; it appears complete or not at all, and never over another one.

        Args:
            parent: Folder that holds run folders.

        Returns:
            The new folder, which ``path`` names from now on.

        Raises:
            RunError: It cannot be written.
        """
        digest = self.digest
        manifest = {**self.manifest, "digest": digest}
        self.path = folder.write_folder(Path(parent), self._wanted_name(), self._writers(), manifest)
        return self.path

    def _writers(self) -> dict[str, Callable[[Path], None]]:
        def text(content: str) -> Callable[[Path], None]:
            def write(path: Path) -> None:
                path.write_text(content, encoding="utf-8")

            return write

        def table(frame: pd.DataFrame) -> Callable[[Path], None]:
            return lambda path: frame.to_parquet(path, index=False, compression="zstd")

        def arrays(content: Mapping[str, NDArray[np.generic]]) -> Callable[[Path], None]:
            return lambda path: write_arrays(path, content)

        writers = {
            folder.SCENARIO: text(self.scenario_yaml),
            folder.SUMMARY: text(folder.json_text(self.summary)),
            folder.DAILY: table(self.daily),
            folder.NEIGHBOURHOODS: table(self.neighbourhoods),
            folder.SITES: table(self.sites),
            folder.EVENTS: table(self.events),
            folder.FRAMES: arrays(self.frames),
            folder.GRID: text(folder.json_text(self.grid.to_dict())),
        }
        for name, outline in self.outlines.items():
            writers[f"{folder.CITY}/{name}.geojson"] = text(folder.json_text(outline))
        for day in self.checkpoint_days:
            writers[f"state-day{day:03d}.npz"] = arrays(self.checkpoint(day))
        return writers

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  a method that another room lends
        function = None if name.startswith("_") else accessors.resolve(name)
        if function is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return function.__get__(self)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *accessors.registered()})

    def __repr__(self) -> str:
        return f"<Run {self.name}: {len(self.daily)} days, digest {self.digest[:12]}>"

    def _repr_html_(self) -> str:
        """The outcomes as a card, for notebooks."""
        first, last = self.dates[0], self.dates[-1]
        subtitle = f"Seed {self.manifest.get('seed')}, {date_text(first)} to {date_text(last)}"
        footer = f"{self.path or 'not saved'} · digest {self.digest[:12]} · one simulated run, not a forecast"
        title = str(self.manifest.get("scenario", "run"))
        return card_html(title, subtitle, readable_summary(self.summary, first), footer)

    @property
    def dates(self) -> list[date]:
        """Calendar date of each row of ``daily``."""
        days = self.daily["date"].to_numpy().astype("datetime64[D]")
        return cast("list[date]", days.tolist()) or [date(1970, 1, 1)]


def _plain_number(value: float) -> float:
    return int(value) if isinstance(value, int | np.integer) else float(value)


def _readers(place: Path) -> dict[str, Callable[[], Any]]:
    def guarded(name: str, read: Callable[[Path], Any]) -> Callable[[], Any]:
        def reader() -> Any:  # noqa: ANN401
            with folder.reading(place / name):
                return read(place / name)

        return reader

    def outlines(path: Path) -> dict[str, Any]:
        return {file.stem: _geojson(file) for file in sorted(path.glob("*.geojson"))}

    return {
        "scenario_yaml": guarded(folder.SCENARIO, lambda path: path.read_text(encoding="utf-8")),
        "summary": guarded(folder.SUMMARY, lambda path: folder.checked_summary(folder.read_json(path))),
        "daily": guarded(folder.DAILY, lambda path: _read_table(path, ("date", "day"))),
        "neighbourhoods": guarded(
            folder.NEIGHBOURHOODS, lambda path: _read_table(path, ("date", "day", "neighbourhood"))
        ),
        "sites": guarded(folder.SITES, lambda path: _read_table(path, ("date", "day", "site", "kind"))),
        "events": guarded(
            folder.EVENTS, lambda path: _with_vocabulary(_read_table(path, ("tick", "date", *WORDS)))
        ),
        "frames": guarded(folder.FRAMES, _read_frames),
        "grid": guarded(folder.GRID, lambda path: GridInfo.from_dict(folder.read_json(path))),
        "outlines": guarded(folder.CITY, outlines),
    }


def _geojson(path: Path) -> dict[str, Any]:
    with folder.reading(path):
        content = folder.read_json(path)
        if not isinstance(content, dict):
            raise ValueError("not GeoJSON")  # noqa: TRY004
        return content


def _read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    table = pd.read_parquet(path)
    missing = [name for name in columns if name not in table]
    if missing:
        raise ValueError(f"it lacks {', '.join(missing)}")
    if table["date"].dtype.kind != "M":
        raise ValueError("its dates are none")
    return table


def _with_vocabulary(events: pd.DataFrame) -> pd.DataFrame:
    for name, words in WORDS.items():
        events[name] = events[name].astype("category").cat.set_categories(list(words))
    return events


def _read_frames(path: Path) -> Arrays:
    frames = read_arrays(path)
    if len({layer.shape for layer in frames.values()}) > 1 or any(
        layer.ndim != 3 for layer in frames.values()
    ):
        raise ValueError("its layers are not maps of one size")
    return frames
