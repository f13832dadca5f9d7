"""Nothing is left to choose: whoever offers, or slips in, other algorithms gets no session."""

import asyncio
from typing import Any

import asyncssh
import pytest

from session.errors import IdentityRefused, LinkLost
from session.link import ssh
from session.link.transport import Tunnel
from tests.pair import Keys, sha256, sockets
from tests.session.link.ends import Ends
from tests.session.link.middle import Rewriter, crossing

STRICT = "kex-strict-c-v00@openssh.com,kex-strict-s-v00@openssh.com"
BOTH = ("technician", "person")
MACS = {4: "hmac-sha1", 5: "hmac-sha1"}

DOWNGRADES: dict[str, dict[int, str]] = {
    "key exchange": {0: "curve25519-sha256"},
    "key exchange with the markers": {0: f"curve25519-sha256,{STRICT},ext-info-c"},
    "old key exchange": {0: "diffie-hellman-group14-sha1"},
    "host key": {1: "ssh-rsa"},
    "cipher": {2: "aes128-ctr", 3: "aes128-ctr", **MACS},
    "cipher one way": {2: "aes128-ctr", **MACS},
    "chacha": {2: "chacha20-poly1305@openssh.com", 3: "chacha20-poly1305@openssh.com"},
    "no cipher": {2: "none", 3: "none"},
    "the weaker of ours": {2: "aes128-gcm@openssh.com", 3: "aes128-gcm@openssh.com"},
    "compression": {6: "zlib", 7: "zlib"},
    "late compression": {6: "zlib@openssh.com", 7: "zlib@openssh.com"},
    "no markers": {0: ssh.KEY_EXCHANGE},
    "nothing": {0: "", 1: "", 2: "", 3: ""},
}


async def meet(rewriter: Rewriter) -> Ends:
    """Have two real ends meet through somebody who rewrites their offers."""
    async with asyncio.TaskGroup() as group:
        ends = Ends(Keys(), group)
        async with crossing(rewriter.through) as (one, two), asyncio.timeout(20):
            await ends.meet(one, two)
            if ends.client is not None:
                assert await ends.technician.hear(0)
        ends.abort()
    return ends


async def test_without_a_change_the_ends_meet() -> None:
    rewriter = Rewriter({}, BOTH)
    ends = await meet(rewriter)
    assert ends.client is not None
    assert ends.errors == []
    for offered in rewriter.offered.values():
        assert offered[0].split(",")[0] == ssh.KEY_EXCHANGE
        assert not [
            name for name in offered[0].split(",")[1:] if not name.startswith(("kex-strict", "ext-info"))
        ]
        assert offered[1] == "ssh-ed25519"
        assert offered[2] == offered[3] == ",".join(ssh.CIPHERS)
        assert offered[6] == offered[7] == "none"


@pytest.mark.parametrize("ends", [BOTH, ("technician",), ("person",)], ids="-".join)
@pytest.mark.parametrize("downgrade", DOWNGRADES)
async def test_a_downgrade_aborts(downgrade: str, ends: tuple[str, ...]) -> None:
    met = await meet(Rewriter(DOWNGRADES[downgrade], ends))
    assert met.client is None
    assert met.server is None
    assert len(met.errors) == 2
    assert all(isinstance(error, LinkLost | IdentityRefused) for error in met.errors)


# a program of somebody else's at the other end


async def against_our_person(**settings: Any) -> tuple[bool, BaseException | None]:
    """Connect a client of another make; return whether it is in, and what our person's end says."""
    keys = Keys()
    certificate = keys.certificate()
    options: dict[str, Any] = {
        "known_hosts": None,
        "username": "byleave",
        "config": None,
        "agent_path": None,
        "client_keys": [(keys.technician, certificate)],
    }
    async with sockets() as (one, two), asyncio.TaskGroup() as group:
        serving = group.create_task(
            failure(
                ssh.serve(
                    Tunnel(one, group),
                    host_key=keys.session,
                    digest=sha256(certificate.public_data),
                    authorities=keys.authorities,
                    admit=lambda blob: None,
                    subsystems={},
                )
            )
        )
        try:
            client = await asyncssh.connect("byleave", tunnel=Tunnel(two, group), **{**options, **settings})
        except (asyncssh.Error, LinkLost):
            return False, await serving
        error = await serving
        client.abort()
    return True, error


async def refused(**settings: Any) -> None:
    """Check that neither end has a session."""
    connected, error = await against_our_person(**settings)
    assert not connected
    assert isinstance(error, LinkLost | IdentityRefused)


async def failure(running: Any) -> BaseException | None:
    try:
        connection = await running
    except (LinkLost, IdentityRefused) as error:
        return error
    connection.abort()
    return None


@pytest.mark.parametrize(
    "settings",
    [
        {"kex_algs": ["curve25519-sha256"]},
        {"kex_algs": ["ecdh-sha2-nistp256"]},
        {"encryption_algs": ["aes128-ctr"]},
        {"encryption_algs": ["chacha20-poly1305@openssh.com"]},
        {"server_host_key_algs": ["rsa-sha2-256"]},
        {"compression_algs": ["zlib@openssh.com"]},
        {"signature_algs": ["rsa-sha2-256"]},
    ],
    ids=lambda settings: next(iter(settings.values()))[0],
)
async def test_a_client_that_offers_none_of_ours_gets_no_session(settings: dict[str, Any]) -> None:
    await refused(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"client_keys": None, "password": "secret", "preferred_auth": "password"},
        {"client_keys": None, "preferred_auth": "keyboard-interactive"},
        {"client_keys": None},
        {"client_keys": [asyncssh.generate_private_key("ssh-ed25519")]},
        {"client_keys": [asyncssh.generate_private_key("ssh-rsa", key_size=2048)]},
    ],
    ids=["password", "keyboard-interactive", "none", "plain-key", "rsa"],
)
async def test_only_the_certificate_opens_a_session(settings: dict[str, Any]) -> None:
    await refused(**settings)


async def test_the_same_client_with_the_certificate_is_let_in() -> None:
    # It is the missing certificate that stops the others, not the harness.
    assert await against_our_person() == (True, None)


@pytest.mark.parametrize(
    "settings",
    [
        {"kex_algs": ["curve25519-sha256"]},
        {"encryption_algs": ["aes128-ctr"]},
        {"compression_algs": ["zlib@openssh.com"]},
        {"server_host_keys": [asyncssh.generate_private_key("ssh-rsa", key_size=2048)]},
        {"server_host_keys": [asyncssh.generate_private_key("ecdsa-sha2-nistp256")]},
    ],
    ids=["kex", "cipher", "compression", "rsa", "ecdsa"],
)
async def test_a_server_that_offers_none_of_ours_gets_no_session(settings: dict[str, Any]) -> None:
    keys = Keys()
    options: dict[str, Any] = {
        "server_host_keys": [keys.session],
        "config": None,
        "authorized_client_keys": None,
    }
    async with sockets() as (one, two), asyncio.TaskGroup() as group:
        serving = group.create_task(other_server(Tunnel(one, group), **{**options, **settings}))
        host_key = {**options, **settings}["server_host_keys"][0]
        error = await failure(
            ssh.connect(
                Tunnel(two, group),
                digest=sha256(host_key.public_data),
                key=keys.technician,
                certificate=keys.certificate(),
            )
        )
        await serving
    assert isinstance(error, LinkLost | IdentityRefused)


async def other_server(tunnel: Tunnel, **settings: Any) -> None:
    with pytest.raises((asyncssh.Error, LinkLost)):
        await asyncssh.connect_reverse("", tunnel=tunnel, **settings)
