"""A part of the picture compared with what was there before, once what moved is copied.

Nothing is copied to find that out: what moved is read where it still lies. Then
the new pixels take the place of the old ones, so each is written once.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from agent.capture.blocks import BAND, COLOUR, Box, Mask, Move, Vector, Words, differing, differing_bands


class Comparison:
    """Compares; only `take` changes anything.

    Args:
        new: the picture now.
        old: the picture before; its fourth bytes are 0.
        box: what is compared.
        moves: what is copied inside of it; all of it reads the old picture, later ones cover earlier ones.
    """

    def __init__(self, new: Words, old: Words, box: Box, moves: Sequence[Move]) -> None:
        self._new, self._old, self._box, self.moves = new, old, box, moves
        pieces: list[tuple[Box, Vector]] = [(box, (0, 0))]
        for move in moves:
            pieces = [(part, vector) for piece, vector in pieces for part in piece.without(move.target)]
            pieces.append((move.target, move.vector))
        self._pieces = pieces

    def bands(self, known: Mask | None = None) -> Mask:
        """Return for each `BAND` rows of the box and each column whether a pixel differs there.

        Args:
            known: the same, but for bands that an upper or a lower edge of a move parts; they are filled in.
        """
        if known is not None:
            return self._filled(known)
        left, top, right, bottom = self._box
        found = np.zeros((-(-(bottom - top) // BAND), right - left), np.bool_)
        for piece, vector in self._pieces:
            for part in _by_bands(piece, top):
                rows = differing_bands(*self._both(part, vector))
                band = (part.top - top) // BAND
                found[band : band + len(rows), part.left - left : part.right - left] |= rows
        return found

    def pixels(self, place: Box) -> Mask:
        """Return for each pixel of a place whether it differs; the place counts from the box's corner."""
        place = place.moved(self._box.left, self._box.top)
        if len(self._pieces) == 1:
            return differing(*self._both(place, self._pieces[0][1]))
        found = np.empty((place.bottom - place.top, place.right - place.left), np.bool_)
        for piece, vector in self._pieces:
            if piece.meets(place):
                part = piece.common(place)
                part.moved(-place.left, -place.top).of(found)[:] = differing(*self._both(part, vector))
        return found

    def sampled(self, every: int) -> int:
        """Return how many pixels differ, of one row in so many."""
        return sum(
            int(np.count_nonzero(differing(*(each[::every] for each in self._both(*piece)))))
            for piece in self._pieces
        )

    def take(self, places: Sequence[Box]) -> None:
        """Have the old picture be the new one where something moved, and in these places."""
        for place in [*(piece for piece, vector in self._pieces if vector != (0, 0)), *places]:
            np.bitwise_and(place.of(self._new), COLOUR, out=place.of(self._old))

    def _filled(self, known: Mask) -> Mask:
        left, top, right, bottom = self._box
        edges = (edge - top for move in self.moves for edge in (move.target.top, move.target.bottom))
        for first in {edge - edge % BAND for edge in edges if edge % BAND}:
            rows = Box(0, first, right - left, min(first + BAND, bottom - top))
            known[first // BAND] = self.pixels(rows).any(axis=0)
        return known

    def _both(self, part: Box, vector: Vector) -> tuple[Words, Words]:
        dx, dy = vector
        return part.of(self._new), part.moved(-dx, -dy).of(self._old)


def _by_bands(piece: Box, top: int) -> Iterator[Box]:
    """Part what begins within a band from the rest, which then begins with one; bands count from `top`."""
    inside = (piece.top - top) % BAND
    if inside:
        edge = min(piece.top + BAND - inside, piece.bottom)
        yield piece._replace(bottom=edge)
        piece = piece._replace(top=edge)
    if piece.top < piece.bottom:
        yield piece
