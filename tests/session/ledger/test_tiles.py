"""Tiles and bundles: the specification's examples, and that a log can be rebuilt from them."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.errors import LedgerError
from session.ledger import (
    MAX_ENTRY,
    MAX_TREE_SIZE,
    TILE_WIDTH,
    Tile,
    Tree,
    decode_bundle,
    encode_bundle,
    grown_tiles,
    leaf_hash,
    tile_contents,
)

TREE = Tree(b"".join(leaf_hash(b"%d" % number) for number in range(70_000)))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 999, 1), "tile/0/999.p/1"),
        (Tile(1, 1000, 255), "tile/1/x001/000.p/255"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(63, 0, 112), "tile/63/000.p/112"),
        (Tile(-1, 7, 12), "tile/entries/007.p/12"),
        (Tile(-1, MAX_TREE_SIZE // 256), "tile/entries/x036/x028/x797/x018/x963/967"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@given(st.integers(-1, 63), st.integers(0, MAX_TREE_SIZE // 256), st.integers(1, 256))
def test_every_path_leads_back_to_its_tile(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/0/001/000",
        "tile/0/x000/001",
        "tile/0/x001/x000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "tile/0/000.p/٣",
        "tile/0/٠٠٠",
        "tile/-1/000",
        "tile/data/000",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/../../checkpoint",
        "tile/0/" + "x001/" * 7 + "000",
    ],
)
def test_another_spelling_is_no_path(path: str) -> None:
    with pytest.raises(LedgerError, match="path"):
        Tile.parse(path)


@pytest.mark.parametrize("path", ["tile/64/000", "tile/0/000.p/257", "tile/0/x999/x999/x999/x999/x999/999"])
def test_a_path_beyond_every_log_is_refused(path: str) -> None:
    with pytest.raises(LedgerError, match="there is no tile"):
        Tile.parse(path)


@pytest.mark.parametrize(
    ("level", "index", "width"), [(-2, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]
)
def test_there_is_no_such_tile(level: int, index: int, width: int) -> None:
    with pytest.raises(LedgerError, match="there is no tile"):
        Tile(level, index, width)


def test_a_log_of_70_000_has_the_tiles_of_the_specification() -> None:
    tiles = list(grown_tiles(0, 70_000))
    assert Counter(tile.level for tile in tiles) == {-1: 274, 0: 274, 1: 2, 2: 1}
    partial = [tile for tile in tiles if tile.width < TILE_WIDTH]
    assert partial == [Tile(-1, 273, 112), Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]


def test_a_log_of_256_has_a_full_tile_and_one_above_it() -> None:
    assert list(grown_tiles(0, 256)) == [Tile(-1, 0), Tile(0, 0), Tile(1, 0, 1)]


def test_an_empty_log_and_one_that_did_not_grow_have_nothing_to_publish() -> None:
    assert list(grown_tiles(0, 0)) == []
    assert list(grown_tiles(70_000, 70_000)) == []


@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_growing_publishes_what_a_log_of_that_size_has_and_did_not_have(one: int, other: int) -> None:
    old, new = sorted((one, other))
    before, after = set(grown_tiles(0, old)), set(grown_tiles(0, new))
    assert set(grown_tiles(old, new)) == after - before


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1), (0, MAX_TREE_SIZE + 1)])
def test_a_log_grows_in_one_direction(old: int, new: int) -> None:
    with pytest.raises(LedgerError, match="does not grow"):
        list(grown_tiles(old, new))


def test_the_tiles_hold_the_tree() -> None:
    tiles = {tile: tile_contents(TREE, tile) for tile in grown_tiles(0, TREE.size) if tile.level >= 0}
    assert all(len(contents) == 32 * tile.width for tile, contents in tiles.items())
    level_0 = b"".join(contents for tile, contents in tiles.items() if tile.level == 0)
    assert Tree(level_0).root() == TREE.root()
    assert tiles[Tile(1, 0)][:32] == Tree(tiles[Tile(0, 0)]).root()
    assert tiles[Tile(2, 0, 1)] == TREE.root(256**2)


def test_a_partial_tile_is_the_beginning_of_the_full_one() -> None:
    assert tile_contents(TREE, Tile(0, 3)).startswith(tile_contents(TREE, Tile(0, 3, 17)))


@pytest.mark.parametrize(
    "tile", [Tile(0, 273, 113), Tile(0, 274, 1), Tile(1, 1, 18), Tile(3, 0, 1), Tile(63, 0, 1)]
)
def test_a_tile_that_is_not_filled_is_refused(tile: Tile) -> None:
    with pytest.raises(LedgerError, match="complete subtrees"):
        tile_contents(TREE, tile)


def test_the_tree_has_no_entries() -> None:
    with pytest.raises(LedgerError, match="not entries"):
        tile_contents(TREE, Tile(-1, 0))


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=TILE_WIDTH))
def test_a_bundle_gives_its_entries_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


def test_a_bundle_is_lengths_and_entries() -> None:
    assert encode_bundle([b"", b"ab", b"c" * 256]) == b"\0\0" + b"\0\2ab" + b"\1\0" + b"c" * 256


def test_a_bundle_of_the_largest_entries_is_accepted() -> None:
    entries = [bytes(MAX_ENTRY)] * TILE_WIDTH
    assert decode_bundle(encode_bundle(entries), TILE_WIDTH) == entries


@pytest.mark.parametrize("entries", [[], [b"a"] * 257])
def test_a_bundle_of_none_or_too_many_is_not_made(entries: list[bytes]) -> None:
    with pytest.raises(LedgerError, match="1 to 256 entries"):
        encode_bundle(entries)


def test_a_bundle_with_an_entry_that_is_too_long_is_not_made() -> None:
    with pytest.raises(LedgerError, match="at most 65535"):
        encode_bundle([bytes(MAX_ENTRY + 1)])


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=6), st.data())
def test_a_bundle_that_was_cut_or_lengthened_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    bundle = encode_bundle(entries)
    with pytest.raises(LedgerError, match="breaks off"):
        decode_bundle(bundle[: data.draw(st.integers(0, len(bundle) - 1))], len(entries))
    with pytest.raises(LedgerError, match="more than"):
        decode_bundle(bundle + data.draw(st.binary(min_size=1)), len(entries))


@pytest.mark.parametrize("width", [-1, 0, 257])
def test_a_bundle_of_an_impossible_width_is_refused(width: int) -> None:
    with pytest.raises(LedgerError, match="1 to 256 entries"):
        decode_bundle(b"", width)
