"""Trained models as files to use elsewhere. In: a recorded run. Out: ``models/<name>/``."""

from helpers.shipping.ship import check, ship

__all__ = ["check", "ship"]
