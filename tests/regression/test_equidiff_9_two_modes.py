"""escnn#71, #72, equidiff#9: a test of equivariance that fails because the function draws noise."""

import pytest
import torch

from pyg_symbreak.testing import assert_equivariant, assert_equivariant_in_law, graph_zoo


def test_noise_handed_in_is_tested_exactly_and_noise_drawn_inside_in_law():
    data = graph_zoo()["path-4"]
    noisy = lambda d: torch.randn(d.num_nodes) + d.node_color  # noqa: E731
    with pytest.raises(AssertionError, match="'fn' is not equivariant"):
        assert_equivariant(noisy, data)
    assert_equivariant_in_law(noisy, data, num_draws=300)
    data.noise = torch.randn(4)
    assert_equivariant(lambda d: d.noise + d.node_color, data)
