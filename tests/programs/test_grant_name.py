"""How letters name a grant."""

import pytest

from programs.models import Edition


@pytest.mark.parametrize(
    ("name", "cited"),
    [
        ("国際交流支援事業", "令和８年度国際交流支援事業助成金"),
        ("インターンシップ助成", "令和８年度インターンシップ助成金"),
        ("カウンセリング助成金", "令和８年度カウンセリング助成金"),
    ],
)
def test_letters_never_say_the_word_for_grant_twice(name, cited):
    assert Edition(name=name, fiscal_year=2026).grant_name == cited
