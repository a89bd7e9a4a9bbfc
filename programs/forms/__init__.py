"""What the acts on a call ask for, and the boxes in which staff edit rules."""

from programs.forms.calls import ExtendForm, MoveDecisionForm

__all__ = ["ExtendForm", "MoveDecisionForm"]
