"""`Save my copy`: a bundle that the person can open without us. RECORDING.md, section 1."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import httpx

from agent.log_copy import get, log_files
from agent.spool import Spool, write_durably
from agent.state import Adopted, Home
from agent.upload import NAMES
from session.errors import RecorderFailed
from session.sealing import unwrap
from session.trust import trust_files

README = """This is your copy of a Byleave session, with everything that is needed to open and to check it.

my-key/     opens the recording: keep it to yourself
keys/       the same, sealed to you and to the auditors of {organisation}
sessions/   what was recorded, sealed and signed
trust/      the keys that the signatures are checked with
log/        the proof that the log holds this session

To open one part:    age -d -i my-key/main.txt FILE.age > FILE
To check all of it:  byleave audit verify THIS-FOLDER
"""


async def save_copy(
    spool: Spool, folder: Path, home: Home, adopted: Adopted, client: httpx.AsyncClient
) -> Path:
    """Write the person's bundle into a new folder below `folder`; return it.

    Raises:
        LinkLost: the relay cannot give the log's proofs now.
        RecorderFailed: the folder cannot be written.
        EvidenceError: the log's proofs are false, or the keys are not this person's.
    """
    log = await log_files(spool, adopted.profile.log_key, client)
    krl = {name: await get(client, f"/trust/{name}") for name in ("krl", "krl.sig")}
    adoption = adopted.adoption
    trust = trust_files(adopted.profile, adoption.profile, adoption.signature, adoption.root)
    target = folder / f"byleave-{datetime.now(UTC):%Y-%m-%d-%H%M}-{spool.sid[:8]}"
    files = {f"log/{name}": data for name, data in log.items()}
    files |= {f"trust/{name}": data for name, data in {**trust, **krl}.items()}
    files["README.txt"] = README.format(organisation=adopted.profile.name).encode()
    for name in NAMES:
        identity = unwrap((spool.keys / f"{name}.age").read_bytes(), home.person())
        files[f"my-key/{name}.txt"] = f"{identity}\n".encode()
    await asyncio.to_thread(_write, spool, target, files)
    return target


def _write(spool: Spool, target: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        write_durably(target / name, data)
    try:
        for part in ("keys", "sessions"):
            shutil.copytree(spool.folder / part, target / part, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        raise RecorderFailed(f"the copy cannot be written: {error}") from error
