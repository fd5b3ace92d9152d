r"""Models composed from the layers of :mod:`pyg_symbreak.nn`, without training code."""
