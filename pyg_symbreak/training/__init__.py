r"""Training: configurations, exact resume, atomic files. What needs lightning is loaded at first use."""
