"""The rules of an edition as typed data, and the one function that judges by them."""

from programs.rules.data import Currency, RuleData, RuleError
from programs.rules.eligibility import Eligibility, eligibility
from programs.rules.facts import Facts, Party
from programs.rules.judge import judge
from programs.rules.verdict import Finding, Level, Verdict
from programs.rules.words import Sentence, sentences

__all__ = [
    "Currency",
    "Eligibility",
    "Facts",
    "Finding",
    "Level",
    "Party",
    "RuleData",
    "RuleError",
    "Sentence",
    "Verdict",
    "eligibility",
    "judge",
    "sentences",
]
