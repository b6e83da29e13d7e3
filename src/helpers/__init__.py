"""Shared modules behind the notebooks: data, rendered faces, figures, and the ``fer`` command."""
