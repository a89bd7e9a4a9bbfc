"""The rules of an edition as typed data, and the one function that judges by them."""

from programs.rules.data import RuleData
from programs.rules.eligibility import Eligibility, eligibility
from programs.rules.facts import Facts, Party
from programs.rules.judge import judge
from programs.rules.reading import RuleError
from programs.rules.terms import Advance, Currency, Indicator, RepaymentTerms
from programs.rules.verdict import Finding, Level, Verdict
from programs.rules.words import Sentence, every_rule, sentences

__all__ = [
    "Advance",
    "Currency",
    "Eligibility",
    "Facts",
    "Finding",
    "Indicator",
    "Level",
    "Party",
    "RepaymentTerms",
    "RuleData",
    "RuleError",
    "Sentence",
    "Verdict",
    "eligibility",
    "every_rule",
    "judge",
    "sentences",
]
