import getpass
import socket
from pathlib import Path

import msgspec
import psutil

from agent.effects.facts import Battery, system_facts
from session.codec import encode, from_person
from session.messages import Facts


def test_the_facts_are_those_of_this_computer() -> None:
    facts = system_facts()
    assert facts.memory_total == psutil.virtual_memory().total
    assert 0 < facts.disk_free <= facts.disk_total
    assert facts.processors >= 1
    assert facts.kernel.startswith("Linux ")
    assert facts.system
    assert facts.processor


def test_nothing_names_the_machine_its_user_or_its_address() -> None:
    told = " ".join(value for pair in system_facts().pairs() for value in pair).lower()
    addresses = [each.address for card in psutil.net_if_addrs().values() for each in card]
    named = [socket.gethostname(), Path.home().name, getpass.getuser(), *addresses]
    assert not [each for each in named if len(each) > 4 and each.lower() in told]


def test_the_facts_fit_the_message() -> None:
    facts = msgspec.structs.replace(system_facts(), processor="x" * 500, battery=Battery(80, plugged_in=True))
    message = Facts(facts=facts.pairs())
    assert from_person(encode(message)) == message
    assert ("Battery", "80 %, plugged in") in message.facts
