r"""Runs that are counted in steps, and go on wherever they were killed."""
