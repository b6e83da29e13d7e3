"""Trained models as files to use elsewhere. In: a recorded run. Out: files and a card."""

from helpers.export.package import export_model, verify_export
from helpers.export.second_head import add_second_head

__all__ = ["add_second_head", "export_model", "verify_export"]
