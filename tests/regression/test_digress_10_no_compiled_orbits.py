"""DiGress#10, DisCo#1: orbit counts need a path to a compiled ORCA, metrics a matching build of graph-tool."""

import subprocess
import sys

import numpy as np

from pyg_symbreak.metrics.graphs import orbit_counts


def test_orbits_of_the_path_on_four_nodes():
    adjacency = np.zeros((4, 4), dtype=bool)
    for i in range(3):
        adjacency[i, i + 1] = adjacency[i + 1, i] = True
    counts = orbit_counts(adjacency)
    assert counts[:, 0].tolist() == [1, 2, 2, 1]
    assert counts[:, 4].tolist() == [1, 0, 0, 1]  # an end of the path on four nodes
    assert counts[:, 5].tolist() == [0, 1, 1, 0]  # inside it


def test_metrics_import_without_graph_tool_or_a_compiler():
    code = (
        "import sys; sys.modules['graph_tool'] = None; import subprocess; subprocess.Popen = None;"
        "import pyg_symbreak.metrics.graphs as m; print(len(m.__all__))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 5
