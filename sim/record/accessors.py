"""Methods that rooms above lend to :class:`sim.record.run.Run`, by name, as pandas accessors do.

A room above says ``register("plot", "sim.views.overview:plot")``; ``run.plot(...)`` then imports that module
on first use and calls ``plot(run, ...)``. Nothing is imported before.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_TARGETS: dict[str, str] = {}


def register(name: str, target: str) -> None:
    """Lend a method to every run.

    Args:
        name: Name of the method; a public Python identifier.
        target: ``package.module:function``; the function takes the run as its first argument.

    Raises:
        ValueError: The name or the target has another form, or another function holds the name already.
    """
    module, _, function = target.partition(":")
    if not name.isidentifier() or name.startswith("_") or not module or not function.isidentifier():
        raise ValueError(
            f"cannot register {name!r} as {target!r}: wanted a public name and 'module:function'"
        )
    if _TARGETS.get(name, target) != target:
        raise ValueError(f"{name!r} is registered already, as {_TARGETS[name]!r}")
    _TARGETS[name] = target


def registered() -> dict[str, str]:
    """All registered names and their targets."""
    return dict(_TARGETS)


def resolve(name: str) -> Callable[..., Any] | None:
    """The function registered under a name, imported now; None where there is none."""
    target = _TARGETS.get(name)
    if target is None:
        return None
    module, _, function = target.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found
