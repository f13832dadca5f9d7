"""Settings: read once, unknown keys refused."""

from pathlib import Path

import pytest

from relay.config import FILE, Allowance, Config, Limits, address, checked, load
from session.errors import ConfigurationError


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert load(tmp_path, {}) == Config()


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(
        'listen = "127.0.0.1:1"\nhealth = "[::1]:2"\n'
        "[limits]\nrooms = 7\njoins = {burst = 2, per_second = 0.5}\n"
    )
    config = load(tmp_path, {"listen": "127.0.0.1:3"})
    assert (config.listen, config.health) == ("127.0.0.1:3", "[::1]:2")
    assert config.limits == Limits(rooms=7, joins=Allowance(2, 0.5))
    assert config.limits.joins.rate.burst == 2


@pytest.mark.parametrize(
    "text",
    [
        'lisen = "127.0.0.1:1"',
        "[limits]\nroom = 7",
        "[limits]\nrooms = 0",
        "listen = 1",
        "listen =",
        'listen = "localhost:1"',
        'listen = "0.0.0.0:8470"',
        'health = "192.0.2.1:1"',
        'tls_cert = "a.pem"',
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ConfigurationError):
        load(tmp_path, {})


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff")
    with pytest.raises(ConfigurationError):
        load(tmp_path, {})


def test_with_tls_the_relay_may_be_reached_from_elsewhere() -> None:
    config = Config(listen="0.0.0.0:443", tls_cert="a.pem", tls_key="b.pem")
    assert checked(config) == config


@pytest.mark.parametrize(
    "text", ["", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:1²", "host:1"]
)
def test_an_address_has_a_port_and_is_no_name(text: str) -> None:
    with pytest.raises(ConfigurationError):
        address(text)
