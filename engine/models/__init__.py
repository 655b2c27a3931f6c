"""Weights on disk: which there are, fetching them from the hub, checking and removing them."""

from engine.models.catalog import CATALOG, ModelFile, ModelSpec
from engine.models.models import Models
from engine.models.states import ModelState, ModelStatus, Transfer

__all__ = ["CATALOG", "ModelFile", "ModelSpec", "ModelState", "ModelStatus", "Models", "Transfer"]
