"""Named places that road links join, and which of them are nodes off the grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.city.layers import read_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sim.city.layers import Feature
    from sim.city.project import Projection
    from sim.city.settings import Settings

NODE_KINDS = ("town", "village", "airbase", "screening")


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a link may name.

    Attributes:
        name: Its name.
        kind: ``start``, ``camp``, ``neighbourhood``, or the kind of site.
        x: Metres east of the centre.
        y: Metres north of the centre.
        bank: Name of its bank; empty if the folder does not say.
        capacity: Persons that it takes in; NaN if unknown.
        planned: Persons for whom it is planned, to be built up to; NaN if unknown.
        opened: Day on which it opens; None if unknown.
    """

    name: str
    kind: str
    x: float
    y: float
    bank: str
    capacity: float = float("nan")
    opened: date | None = None
    planned: float = float("nan")

    @property
    def is_node(self) -> bool:
        """Whether it becomes a node of the road graph when it lies off the grid."""
        return self.kind in ("start", "camp", *NODE_KINDS)


def named_places(
    layers: Mapping[str, Sequence[Feature]], settings: Settings, projection: Projection
) -> dict[str, Place]:
    """Every place that a link may name, by name; other names of a place lead to it too.

    Where two places share a name, the earlier of start line, camp, site, neighbourhood wins.

    Args:
        layers: Layers in metres.
        settings: The city's ``city.yaml``.
        projection: The city's projection.

    Returns:
        Places by name and alias, in that order.
    """
    places: dict[str, Place] = {}
    for line in settings.start_lines:
        x, y = projection.to_xy(line.lon, line.lat)
        places[line.name] = Place(line.name, "start", float(x), float(y), line.bank)
    others: dict[str, Place] = {}
    for layer, kind in (("camps", "camp"), ("sites", ""), ("neighbourhoods", "neighbourhood")):
        for feature in layers[layer]:
            capacity, planned = (feature.properties.get(key) for key in ("capacity", "planned"))
            place = Place(
                feature.name,
                kind or feature.kind,
                float(feature.geometry.x),
                float(feature.geometry.y),
                feature.bank,
                float("nan") if capacity is None else float(capacity),
                read_day(feature.properties.get("opened")),
                float("nan") if planned is None else float(planned),
            )
            places.setdefault(feature.name, place)
            for alias in feature.aliases:
                others.setdefault(alias, place)
    return {**others, **places}
