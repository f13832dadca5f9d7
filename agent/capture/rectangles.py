"""Few tight rectangles around all that differs in a picture.

Each rectangle becomes an image file of its own. So equal pixels are painted
again where that costs less than one file more, and left out where it does not.
"""

from collections.abc import Callable, Iterator
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from agent.capture.blocks import BAND, Box, Mask

Indices = NDArray[np.intp]
Edges = NDArray[np.int64]
"""Boxes, or something about each of them."""
Differing = Callable[[Box], Mask]
"""Says for each pixel of a box whether it differs."""

CELL = 16
"""Columns that are taken as one where rectangles are looked for."""
GAP = 3
"""So many equal cells between two that differ do not part them."""
SPARE = 2048
"""A rectangle more costs about as much as painting so many equal pixels."""
SMALL = 8192
"""A rectangle of no more pixels is worth it also if half are equal: each further file takes longer."""
SLACK = 16
"""One in so many pixels of a rectangle may be an equal one that is painted again."""
RUNS_LIMIT = 192
RECTS_LIMIT = 64

_LARGE = 1 << 17
"""Pixels of a box whose rims alone are worth a look."""
_RIMS = (4, BAND, 4 * BAND)
"""Rows of a rim: more only if there is no difference in fewer."""
_NEVER = np.iinfo(np.int64).max


def rectangles(bands: Mask, height: int, differing: Differing) -> list[Box]:
    """Cover all pixels that differ with few disjoint rectangles, at most `RECTS_LIMIT`.

    Args:
        bands: for each `BAND` rows of a picture and each column whether a pixel differs there.
        height: of the picture, in pixels.
        differing: says it for each pixel.
    """
    boxes = _merged(_stacked(_runs(bands, height)))
    # Where much is painted anyway, corners do not matter.
    finely = sum(box.area for box in boxes) < 4 * _LARGE
    parts = [part for box in boxes for part in _parts(box, differing, finely)]
    return _merged(parts) if len(parts) > len(boxes) else parts


def few(pixels: Mask) -> list[Box]:
    """Cover all pixels that differ, as `rectangles`, in pictures too small for bands to be worth it."""
    return _merged(_parted(pixels, 0, 0))


def _runs(bands: Mask, height: int) -> list[Box]:
    """Return one box for each stretch of columns that differ in a band."""
    rows, scale = bands, 1
    while True:
        runs = _runs_of(rows, CELL * scale)
        if len(runs[0]) <= RUNS_LIMIT:
            break
        # Noise: look at it more coarsely.
        rows = np.logical_or.reduceat(rows, np.arange(0, len(rows), 2), axis=0)
        scale *= 2
    tall = BAND * scale
    return [
        Box(left, row * tall, right, min((row + 1) * tall, height))
        for row, left, right in zip(*(each.tolist() for each in runs), strict=True)
    ]


def _runs_of(rows: Mask, cell: int) -> tuple[Indices, Indices, Indices]:
    """Return row, left and right of each stretch, to the pixel."""
    count, width = rows.shape
    across = -(-width // cell)
    if across * cell != width:
        rows = np.pad(rows, ((0, 0), (0, across * cell - width)))
    words = np.ascontiguousarray(rows).view(np.uint64).reshape(count, across, cell // 8)
    some = reduce(np.bitwise_or, (words[..., number] for number in range(cell // 8)))
    # An empty cell before each row and after the last, so that no stretch goes on in the next row.
    cells = np.zeros(count * (across + 1) + 1, bool)
    np.not_equal(some, 0, out=cells[:-1].reshape(count, across + 1)[:, 1:])
    edges = np.flatnonzero(cells[1:] != cells[:-1])
    row, first = np.divmod(edges[0::2], across + 1)
    last = (edges[1::2] - 1) % (across + 1)
    # `first` and `last` count cells of the row, from 0.
    apart = np.asarray((row[1:] != row[:-1]) | (first[1:] - last[:-1] - 1 > GAP))
    begins = np.concatenate(([True], apart)) if len(row) else apart[:0]
    ends = np.concatenate((apart, [True])) if len(row) else apart[:0]
    row, first, last = row[begins], first[begins], last[ends]
    pixels = rows.reshape(count, across, cell)
    left = first * cell + pixels[row, first].argmax(axis=1)
    right = (last + 1) * cell - pixels[row, last][:, ::-1].argmax(axis=1)
    return row, left, right


def _stacked(runs: list[Box]) -> list[Box]:
    """Put stretches of neighbouring bands together where they are about as wide; all stay disjoint."""
    done: list[Box] = []
    inks: list[int] = []
    open_at: dict[int, list[int]] = {}
    for number, run in enumerate(runs):
        beside = runs[max(number - 1, 0) : number] + runs[number + 1 : number + 2]
        beside = [each for each in beside if each.top == run.top]
        for index in open_at.get(run.top, ()):
            stack = done[index]
            union = stack.united(run)
            wider = run.left < stack.left or run.right > stack.right
            near = beside + [each for each in done if each is not stack] if wider else beside
            if _worth(union.area, inks[index] + run.area) and not any(map(union.meets, near)):
                open_at[run.top].remove(index)
                done[index], inks[index] = union, inks[index] + run.area
                break
        else:
            index = len(done)
            done.append(run)
            inks.append(run.area)
        open_at.setdefault(run.bottom, []).append(index)
    return done


def _worth(union: int, ink: int) -> bool:
    """Say whether one rectangle is better than the parts that lie in it."""
    return union - ink <= SPARE + union // SLACK or union <= min(SMALL, 2 * ink)


def _parts(box: Box, differing: Differing, finely: bool) -> Iterator[Box]:
    """Make a box tight, and part it where that leaves out many equal pixels, as in the corner of an L."""
    left, top, right, bottom = box
    if not finely or min(right - left, bottom - top) > 4 * BAND or box.area > _LARGE:
        # Too large for its rims to matter much: only these are looked at.
        uppers = (Box(left, top, right, min(top + rows, bottom)) for rows in _RIMS)
        lowers = (Box(left, max(bottom - rows, top), right, bottom) for rows in _RIMS)
        above = _equal_rows(differing(each) for each in uppers)
        below = _equal_rows(differing(each)[::-1] for each in lowers)
        yield Box(left, top + above, right, bottom - below)
        return
    yield from _parted(differing(box), left, top)


def _equal_rows(rims: Iterator[Mask]) -> int:
    """Return how many rows come before the first one that differs, in the first rim that has one; else 0."""
    for rim in rims:
        rows = rim.any(axis=1)
        if rows.any():
            return int(rows.argmax())
    return 0


def _parted(mask: Mask, x: int, y: int) -> list[Box]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return []
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    mask, x, y = mask[top:bottom, left:right], x + left, y + top
    whole = Box(x, y, x + right - left, y + bottom - top)
    # The second is what two cuts would say, at a tenth of their time.
    if whole.area <= SPARE or whole.area <= min(SMALL, 2 * int(np.count_nonzero(mask))):
        return [whole]
    row, by_rows = _best_cut(mask)
    column, by_columns = _best_cut(mask.T)
    if by_columns < by_rows and not _worth(whole.area, by_columns):
        return _parted(mask[:, :column], x, y) + _parted(mask[:, column:], x + column, y)
    if _worth(whole.area, by_rows):
        row = _corner(mask)
        if not row:
            return [whole]
    parts = _parted(mask[:row], x, y) + _parted(mask[row:], x, y + row)
    return parts if not _worth(whole.area, sum(part.area for part in parts)) else [whole]


def _corner(mask: Mask) -> int:
    """Return the row where a frame's upper side ends, which no single cut shows; 0 if there is none."""
    counts = np.count_nonzero(mask, axis=1)
    if len(counts) < 2:
        return 0
    jumps = np.abs(np.subtract(counts[1:], counts[:-1]))
    best = int(jumps.argmax())
    return best + 1 if jumps[best] * 2 > mask.shape[1] else 0


def _best_cut(mask: Mask) -> tuple[int, int]:
    """Return the row to cut before, and the pixels that the two parts' tight boxes hold together."""
    height, width = mask.shape
    if height < 2:
        return 0, _NEVER
    some = mask.any(axis=1)
    left = np.asarray(np.where(some, mask.argmax(axis=1), width))
    right = np.asarray(np.where(some, width - mask[:, ::-1].argmax(axis=1), 0))
    if _worth(height * width, int((right - left)[some].sum())):
        return 0, _NEVER
    above = np.maximum.accumulate(right)[:-1] - np.minimum.accumulate(left)[:-1]
    below = (np.maximum.accumulate(right[::-1]) - np.minimum.accumulate(left[::-1]))[:-1][::-1]
    # Empty rows at the cut belong to neither part.
    rows = np.arange(height)
    ends = np.maximum.accumulate(np.where(some, rows + 1, 0))[:-1]
    begins = np.minimum.accumulate(np.where(some, rows, height)[::-1])[::-1][1:]
    areas = above * ends + below * (height - begins)
    best = int(areas.argmin())
    return best + 1, int(areas[best])


def _merged(parts: list[Box]) -> list[Box]:
    """Unite disjoint boxes that lie close together, or are too many; what they leave is disjoint too."""
    if len(parts) < 2:
        return parts
    boxes = np.array(parts, np.int64)
    inks = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    costs = _costs(boxes[:, None], inks[:, None], boxes, inks)
    np.fill_diagonal(costs, _NEVER)
    alive = np.ones(len(parts), bool)
    while (many := np.count_nonzero(alive)) > 1:
        index, other = divmod(int(costs.argmin()), len(parts))
        if costs[index, other] > 0 and many <= RECTS_LIMIT:
            break
        union, inside = _closed(boxes, alive, index, other)
        ink = int(inks[inside].sum())
        if many <= RECTS_LIMIT and not _worth(union.area, ink):
            # It would cover others in part, which had to be taken in.
            costs[index, other] = costs[other, index] = _NEVER
            continue
        costs[inside] = costs[:, inside] = _NEVER
        alive[inside] = False
        alive[index], boxes[index], inks[index] = True, union, ink
        costs[index] = np.where(alive, _costs(boxes[index], inks[index], boxes, inks), _NEVER)
        costs[index, index] = _NEVER
        costs[:, index] = costs[index]
    return [Box(*box) for box in boxes[alive].tolist()]


def _closed(boxes: Edges, alive: Mask, index: int, other: int) -> tuple[Box, Mask]:
    """Return the smallest box around two that no other box sticks out of, and which lie in it."""
    inside = np.zeros(len(boxes), bool)
    inside[[index, other]] = True
    while True:
        first, last = boxes[inside, :2].min(axis=0), boxes[inside, 2:].max(axis=0)
        met = alive & (boxes[:, :2] < last).all(axis=1) & (boxes[:, 2:] > first).all(axis=1)
        if not (met & ~inside).any():
            return Box(*first.tolist(), *last.tolist()), inside
        inside |= met


def _costs(box: Edges, ink: Edges, boxes: Edges, inks: Edges) -> Edges:
    """Return how much a union with each of the others would cost; below 0 it pays."""
    first, last = np.minimum(boxes[:, :2], box[..., :2]), np.maximum(boxes[:, 2:], box[..., 2:])
    union = (last - first).prod(axis=-1)
    return np.asarray(union - inks - ink - SPARE - union // SLACK, np.int64)
