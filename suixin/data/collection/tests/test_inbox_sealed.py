"""A file handed in for a job waits sealed, and is read in the clear only while the job lasts."""

from pathlib import Path

import pytest

from suixin.data.catalog.tests import factories
from suixin.data.collection import inbox, jobs
from suixin.data.lake import storage
from suixin.data.lake.holding import LakeHolding
from suixin.ground.jobs.registry import Given
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotFound

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = "姓名,证件号\n独孤求败,999999198803070016\n".encode()


def test_a_file_waits_sealed_and_is_gone_from_scratch_afterwards(lake: Path) -> None:
    job = inbox.hand_in("名单.csv", [CONTENT[:7], CONTENT[7:]], actor=SYSTEM, resource=factories.published())
    key = str(job.arguments["inbox"])
    held = inbox.file_of(key)
    assert held is not None
    assert "独孤".encode() not in held.read_bytes()
    with inbox.opened(key) as path:
        assert path is not None
        assert (path.name, path.read_bytes(), path.parent.stat().st_mode & 0o077) == ("名单.csv", CONTENT, 0)
    assert not path.exists()
    assert not list((storage.root() / "tmp").iterdir())


def test_a_file_handed_in_before_is_read_as_it_is(lake: Path) -> None:
    folder = lake / "inbox" / ("a" * 32)
    folder.mkdir(parents=True)
    (folder / "旧.csv").write_bytes(CONTENT)
    with inbox.opened("a" * 32) as path:
        assert path is not None
        assert path.read_bytes() == CONTENT
    with inbox.opened("b" * 32) as nothing:
        assert nothing is None


def test_a_file_that_waits_is_in_a_backup_and_one_that_is_gone_is_told(lake: Path) -> None:
    job = inbox.hand_in("名单.csv", [CONTENT], actor=SYSTEM, resource=factories.published())
    [held] = [file for file in LakeHolding().held(lambda *_: ()).files if file.path.startswith("inbox/")]
    assert (held.source, held.may_go) == (inbox.file_of(str(job.arguments["inbox"])), True)
    held.source.unlink()
    with pytest.raises(NotFound, match="请重新上传"):
        jobs.collect(Given(job.arguments, job.actor_kind, job.actor_key))
