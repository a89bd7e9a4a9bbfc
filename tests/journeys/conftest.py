"""The windows of the journeys' people."""

from tests.journeys.screens import person

__all__ = ["person"]
