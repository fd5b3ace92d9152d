r"""``pyg-symbreak diffusion``: trains, samples, evaluates and compares generators of graphs."""
