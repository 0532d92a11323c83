"""The keyed random numbers of :mod:`sim.kernels.rng` in plain Python, bit for bit.

Whole numbers of Python have no width, so every product is cut back to 64 bits by hand.
"""

from __future__ import annotations

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_ROW = 0x9E37_79B9_7F4A_7C15
_DRAW = 0xD1B5_4A32_D192_ED03
_M1, _M2 = 0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB
_UNIT = 1.0 / 9007199254740992.0


def mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * _M1) & _MASK
    z = ((z ^ (z >> 27)) * _M2) & _MASK
    return z ^ (z >> 31)


def uniform(key: int, row: int, draw: int) -> float:
    """Draw from [0, 1), addressed by row and draw number; both rounds of mixing are written out, as a call costs as much."""
    z = (key + row * _ROW) & _MASK
    z = ((z ^ (z >> 30)) * _M1) & _MASK
    z = ((z ^ (z >> 27)) * _M2) & _MASK
    z = ((z ^ (z >> 31)) + draw * _DRAW) & _MASK
    z = ((z ^ (z >> 30)) * _M1) & _MASK
    z = ((z ^ (z >> 27)) * _M2) & _MASK
    return ((z ^ (z >> 31)) >> 11) * _UNIT
