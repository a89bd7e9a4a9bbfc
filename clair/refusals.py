"""Why a command cannot go on, as one sentence in English and one in Japanese instead of a traceback."""


class Refusal(Exception):
    """Something the reader can put right; both sentences say how."""

    def __init__(self, english: str, japanese: str) -> None:
        super().__init__(english)
        self.english = english
        self.japanese = japanese

    def __str__(self) -> str:
        return f"clair: {self.english}\nclair: {self.japanese}"


def disk_full(place: object) -> Refusal:
    """The disk under `place` has no room left."""
    return Refusal(
        f"The disk that holds {place} is full; free at least 300 MB and start again.",
        f"{place} のあるディスクに空きがありません。300 MB 以上空けてから、もう一度起動してください。",
    )


def not_writable(place: object, user: str) -> Refusal:
    """The account that runs the command may not write where the data would lie."""
    return Refusal(
        f"The user {user} may not write to {place}; change its owner or set CLAIR_HOME to a "
        "folder of your own.",
        f"ユーザー {user} は {place} に書き込めません。所有者を変えるか、書き込めるフォルダーを "
        "CLAIR_HOME に指定してください。",
    )
