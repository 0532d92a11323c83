"""The recorder: what the model hands over at the end of each day, kept until the run is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.record.ledger import categorical, unique_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

_LAYER_TYPES = (np.dtype(np.uint8), np.dtype(np.uint16))


class Recorder:
    """Daily series, values per neighbourhood and site, map layers; the names of the first day hold for all days."""

    def __init__(self) -> None:
        self._days: list[int] = []
        self._dates: list[np.datetime64] = []
        self._whole: dict[str, bool] = {}
        self._series: list[list[float]] = []
        self._places: dict[str, list[NDArray[np.generic]]] = {}
        self._sites: dict[str, list[NDArray[np.generic]]] = {}
        self._layers: dict[str, list[NDArray[np.generic]]] = {}

    @property
    def n_days(self) -> int:
        """Days recorded so far."""
        return len(self._days)

    def record_day(
        self,
        day: int,
        date: date,
        series: Mapping[str, float],
        places: Mapping[str, NDArray[np.generic]],
        layers: Mapping[str, NDArray[np.generic]],
        sites: Mapping[str, NDArray[np.generic]] | None = None,
    ) -> None:
        """Keep one day; arrays are copied.

        Args:
            day: Number of the day, rising.
            date: Its calendar date.
            series: One number a series: stock at the end of the day, or count since the start.
            places: One array a measure, shape (n_neighbourhoods,).
            layers: One array a map layer, uint8 or uint16, shape (n_cells,).
            sites: One array a measure, shape (n_sites,); None where there is no site.

        Raises:
            ValueError: Names or shapes differ from the first day's, the day does not rise, or a layer is of
                another type.
        """
        sites = sites or {}
        if not self._days:
            self._whole = dict.fromkeys(series, True)
            self._places = {name: [] for name in places}
            self._sites = {name: [] for name in sites}
            self._layers = {name: [] for name in layers}
        elif day <= self._days[-1]:
            raise ValueError(f"day {day} recorded after day {self._days[-1]}")
        tables = ((self._places, places), (self._sites, sites), (self._layers, layers))
        for kept, given in ((self._whole, series), *tables):
            if kept.keys() != given.keys():
                raise ValueError(
                    f"day {day}: other names than on the first day: {sorted(kept.keys() ^ given.keys())}"
                )
        for name, layer in layers.items():
            if layer.dtype not in _LAYER_TYPES:
                raise ValueError(f"layer {name}: {layer.dtype}, wanted uint8 or uint16")
        for store, arrays in tables:
            for name, array in arrays.items():
                if store[name] and store[name][-1].shape != array.shape:
                    raise ValueError(f"day {day}: {name} changed its shape")
                store[name].append(array.copy())
        for name, value in series.items():
            self._whole[name] = self._whole[name] and isinstance(value, int | np.integer)
        self._series.append([float(series[name]) for name in self._whole])
        self._days.append(int(day))
        self._dates.append(np.datetime64(date, "D"))

    def daily(self) -> pd.DataFrame:
        """One row a day: date, day, then every series; series that were always whole numbers are int64."""
        import pandas as pd

        table = np.asarray(self._series, dtype=np.float64).reshape(self.n_days, len(self._whole))
        columns: dict[str, object] = {
            "date": np.asarray(self._dates, dtype="datetime64[ms]"),
            "day": np.asarray(self._days, dtype=np.int64),
        }
        for index, (name, whole) in enumerate(self._whole.items()):
            columns[name] = table[:, index].astype(np.int64) if whole else table[:, index].copy()
        return pd.DataFrame(columns)

    def neighbourhoods(self, names: Sequence[str], banks: Sequence[str]) -> pd.DataFrame:
        """One row a day and neighbourhood.

        Args:
            names: Name of each neighbourhood.
            banks: Name of the bank on which each neighbourhood lies.

        Returns:
            Columns date, day, neighbourhood, bank, then every measure.

        Raises:
            ValueError: The measures are not one number a neighbourhood.
        """
        if len(banks) != len(names):
            raise ValueError(f"{len(names)} neighbourhoods, but {len(banks)} banks")
        return self._by_place("neighbourhood", names, "bank", banks, self._places)

    def sites(self, names: Sequence[str], kinds: Sequence[str]) -> pd.DataFrame:
        """One row a day and site off the grid.

        Args:
            names: Name of each site.
            kinds: Kind of each site.

        Returns:
            Columns date, day, site, kind, then every measure.

        Raises:
            ValueError: The measures are not one number a site.
        """
        return self._by_place("site", names, "kind", kinds, self._sites)

    def _by_place(
        self, what: str, names: Sequence[str], sort: str, of: Sequence[str], store: Mapping[str, list[NDArray[np.generic]]]
    ) -> pd.DataFrame:
        """One row a day and place: what it is called, of which sort it is, and every measure."""
        import pandas as pd

        n, words = len(names), sorted(set(of))
        codes = np.asarray([words.index(word) for word in of], dtype=np.int64)
        columns: dict[str, object] = {
            "date": np.repeat(np.asarray(self._dates, dtype="datetime64[ms]"), n),
            "day": np.repeat(np.asarray(self._days, dtype=np.int64), n),
            what: categorical(np.tile(np.arange(n), self.n_days), unique_words(names)),
            sort: categorical(np.tile(codes, self.n_days), words),
        }
        for name, arrays in store.items():
            if any(array.shape != (n,) for array in arrays):
                raise ValueError(f"{name} is not one number for each of the {n} {what}s")
            columns[name] = np.concatenate(arrays) if arrays else np.empty(0)
        return pd.DataFrame(columns)

    def frames(self, ny: int, nx: int) -> dict[str, NDArray[np.generic]]:
        """The map layers, shape (days, ny, nx) each; row 0 lies in the south."""
        return {
            name: np.stack([layer.reshape(ny, nx) for layer in layers])
            for name, layers in self._layers.items()
            if layers
        }

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Everything kept so far, as plain arrays."""
        state: dict[str, NDArray[np.generic]] = {
            "days": np.asarray(self._days, dtype=np.int64),
            "dates": np.asarray(self._dates, dtype="datetime64[D]").astype(np.int64),
            "series_names": np.asarray(list(self._whole), dtype=np.str_),
            "series_whole": np.asarray(list(self._whole.values()), dtype=np.bool_),
            "series": np.asarray(self._series, dtype=np.float64).reshape(self.n_days, len(self._whole)),
        }
        for prefix, store in (("places", self._places), ("sites", self._sites), ("layers", self._layers)):
            state |= {f"{prefix}/{name}": np.stack(arrays) for name, arrays in store.items() if arrays}
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, NDArray[np.generic]]) -> Recorder:
        """A recorder that goes on where :meth:`state` was taken."""
        recorder = cls()
        recorder._days = [int(day) for day in state["days"]]
        recorder._dates = list(np.asarray(state["dates"]).astype("datetime64[D]"))
        whole = [bool(flag) for flag in state["series_whole"]]
        recorder._whole = dict(zip((str(name) for name in state["series_names"]), whole, strict=True))
        recorder._series = np.asarray(state["series"]).tolist()
        for key, array in state.items():
            prefix, _, name = key.partition("/")
            if prefix == "places":
                recorder._places[name] = list(array.copy())
            elif prefix == "sites":
                recorder._sites[name] = list(array.copy())
            elif prefix == "layers":
                recorder._layers[name] = list(array.copy())
        return recorder
