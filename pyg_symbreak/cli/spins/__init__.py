r"""The command ``pyg-symbreak spins``."""
