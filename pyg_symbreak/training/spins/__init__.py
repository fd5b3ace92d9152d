r"""Training models of spin systems."""
