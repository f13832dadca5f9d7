"""How the relay's HTTP side says no.

    PeerError
    └── Refusal          the request is at fault; status, word and sentence say why
    RecorderFailed
    └── StorageFailed    disk or index do not obey; never followed by a receipt

A word is stable and for programs, a sentence is for people; neither holds
anything from the request.
"""

from http import HTTPStatus

from session.errors import PeerError, RecorderFailed

REFUSALS: dict[str, tuple[HTTPStatus, str]] = {
    "no-token": (HTTPStatus.UNAUTHORIZED, "This needs a token: join a room, or sign in."),
    "wrong-token": (HTTPStatus.FORBIDDEN, "This token does not allow that."),
    "not-signed": (HTTPStatus.FORBIDDEN, "The signature or the certificate is not good."),
    "not-logged": (HTTPStatus.FORBIDDEN, "Say first, in a signed access statement, why you open this."),
    "not-closed": (HTTPStatus.CONFLICT, "The session is not over yet."),
    "not-open": (HTTPStatus.CONFLICT, "The session has no open statement yet."),
    "closed": (HTTPStatus.CONFLICT, "The session is closed."),
    "not-found": (HTTPStatus.NOT_FOUND, "There is no such thing."),
    "no-keys": (HTTPStatus.CONFLICT, "The three wrapped keys come before the open statement."),
    "no-object": (HTTPStatus.CONFLICT, "The statement names an object that is not stored like that."),
    "differs": (HTTPStatus.CONFLICT, "Something else is stored under this name."),
    "out-of-order": (HTTPStatus.CONFLICT, "This statement does not follow the last one."),
    "malformed": (HTTPStatus.BAD_REQUEST, "The request is not what the protocol says."),
    "not-allowed": (HTTPStatus.METHOD_NOT_ALLOWED, "The protocol has no such request."),
    "too-large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is larger than allowed."),
    "too-slow": (HTTPStatus.REQUEST_TIMEOUT, "The request came too slowly."),
    "too-many": (HTTPStatus.TOO_MANY_REQUESTS, "Too many requests. Wait a little."),
    "quota": (HTTPStatus.FORBIDDEN, "This session has used up its share of the store."),
    "not-newer": (HTTPStatus.CONFLICT, "The list that is here is as new."),
    "storage": (HTTPStatus.INSUFFICIENT_STORAGE, "The relay cannot store anything now."),
    "closing": (HTTPStatus.SERVICE_UNAVAILABLE, "The relay is being restarted."),
    "own-fault": (HTTPStatus.INTERNAL_SERVER_ERROR, "The relay has a problem."),
}
"""Why a request is refused: word → status and sentence."""


class Refusal(PeerError):
    """A request that is not answered as it wished.

    Args:
        word: a key of `REFUSALS`.
        detail: for the relay's own log.
    """

    code = "refusal"
    sentence = "The relay refused the request."

    def __init__(self, word: str, detail: str = "") -> None:
        self.status, self.explanation = REFUSALS[word]
        super().__init__(f"{word}: {detail}" if detail else word)
        self.word = word


class StorageFailed(RecorderFailed):
    """Disk or index do not obey."""

    code = "storage"
    sentence = "The relay cannot store anything now."
