"""Trained models as files to use elsewhere. In: a recorded run. Out: files and a card."""

from helpers.export.package import export_model, verify_export

__all__ = ["export_model", "verify_export"]
