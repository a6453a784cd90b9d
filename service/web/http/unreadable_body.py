"""Bodies that cannot be taken as they are."""

from starlette.exceptions import HTTPException

from service.language import N_

OTHER_CHARSET = N_(
    "The page that you came from sends text in another encoding. Please check the letters below and send again."
)


class UnreadableBody(HTTPException):
    """400: the body is not in a form that this handler reads."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, detail)


class OtherCharset(UnreadableBody):
    """The form is not in UTF-8 and does not say in what it is. ``pairs`` is what it seems to say."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(OTHER_CHARSET)
        self.pairs = pairs

    @property
    def typed(self) -> str:
        """The longest value that somebody seems to have typed, to be given back; never a password."""
        return max((value for name, value in self.pairs if _is_prose(name, value)), key=len, default="")


def _is_prose(name: str, value: str) -> bool:
    return "password" not in name and (not value.isascii() or " " in value)
