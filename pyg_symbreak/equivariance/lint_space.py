r"""Feature spaces that a user annotates a network with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyg_symbreak.equivariance.representation import Representation


@dataclass(frozen=True)
class Space:
    r"""A representation on one axis of a tensor; the group leaves the other axes alone.

    Args:
        representation: The representation.
        axis: The axis that it acts on: from behind (``-1``, the default, is where a linear layer acts), or from the
            front where layers count channels from there (``1`` for convolutions).

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import special_orthogonal
        >>> print(Space(special_orthogonal(3), axis=-2))
        SO(3), axis -2
    """

    representation: Representation
    axis: int = -1

    def same(self, other: Space) -> bool:
        r"""Whether both have the same matrices on the same axis, as far as axes can be compared."""
        one, two = self.representation, other.representation
        # An axis from the front and one from behind may be the same.
        comparable = (self.axis < 0) == (other.axis < 0)
        return (self.axis == other.axis or not comparable) and (
            one is two or (one.matrices == two.matrices and one.lie_matrices == two.lie_matrices)
        )

    def __str__(self) -> str:
        name = self.representation.name or f"a representation of dimension {self.representation.dim}"
        return name if self.axis == -1 else f"{name}, axis {self.axis}"


def read_spaces(spaces: Any) -> dict[str, Space]:
    r"""Read annotations.

    Args:
        spaces: A representation or a :class:`Space`, for the input; or a mapping from names to such. In a mapping, a
            pair of a representation and an axis stands for a space.

    Raises:
        TypeError: If something else stands in the place of a representation.
        ValueError: If two representations have different numbers of generators and so are not of one group.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import sign
        >>> read_spaces(sign(3))[""].axis
        -1
    """
    listed = spaces if isinstance(spaces, Mapping) else {"": spaces}
    found = {str(name): _read(name, value) for name, value in listed.items()}
    first = next(iter(found.values()), None)
    for name, space in found.items():
        if first is not None and not first.representation.same_generators(space.representation):
            raise ValueError(
                f"'lint' expected representations of one group, generator by generator (got another number of "
                f"generators for '{name}')"
            )
    return found


def _read(name: Any, value: Any) -> Space:
    if isinstance(value, Space):
        return value
    if isinstance(value, Representation):
        return Space(value)
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], Representation):
        return Space(value[0], int(value[1]))
    raise TypeError(f"'lint' expected a representation or a space for '{name}' (got {type(value).__name__})")
