"""The player's position as a value."""

import pytest

from auditor.playback import SPEEDS, Playback


def test_a_player_that_stands_stays_where_it_is() -> None:
    assert Playback(10_000, 2000.0).at(100.0) == 2000


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_playing_one_goes_on_at_its_speed(speed: float) -> None:
    playing = Playback(1_000_000).at_speed(0.0, speed).play(10.0)
    assert playing.at(12.0) == round(2000 * speed)


def test_changing_the_speed_does_not_jump() -> None:
    playing = Playback(100_000).play(0.0).at_speed(5.0, 4.0)
    assert (playing.at(5.0), playing.at(6.0)) == (5000, 9000)


def test_the_end_stops_it_and_play_begins_anew() -> None:
    playing = Playback(3000).play(0.0)
    assert playing.at(60.0) == 3000
    ended = playing.settled(60.0)
    assert not ended.playing
    assert ended.play(60.0).at(61.0) == 1000


def test_seeking_stays_within_the_recording() -> None:
    player = Playback(3000)
    assert player.seek(0.0, -500).at(0.0) == 0
    assert player.seek(0.0, 9999).at(0.0) == 3000


def test_seeking_while_playing_plays_on() -> None:
    assert Playback(60_000).play(0.0).seek(5.0, 30_000).at(6.0) == 31_000


def test_toggle_plays_and_stands() -> None:
    player = Playback(60_000).toggle(0.0)
    assert player.playing
    assert player.toggle(1.0).at(9.0) == 1000


def test_faster_and_slower_stop_at_the_ends() -> None:
    player = Playback(1000)
    assert player.faster(0.0, 1).speed == 2.0
    assert player.faster(0.0, 99).speed == SPEEDS[-1]
    assert player.faster(0.0, -99).speed == SPEEDS[0]
