r"""Training of the graph generator: data in memory, exact resume, result files, evaluation."""
