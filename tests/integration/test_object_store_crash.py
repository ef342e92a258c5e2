"""A dataset in an object store: killed at any instant and gone on with elsewhere, it holds what it would have held."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest

from tasks.errors import DatasetNotWritable, UsageError
from tasks.maintenance.compact import compact
from tasks.store.claims import Claims
from tasks.store.commit import recover
from tasks.store.dataset import Dataset
from tasks.store.lease import LIFE_S, Holder, Lease
from tasks.store.local_cache_dir import use_caches
from tasks.store.reading import read_rows
from tasks.store.voices import seen_from, voice_file
from tasks.tables.schemas import FACT_TABLES, TABLES
from tests.support.dataset_rows import attempt_rows, run, segment_id
from tests.support.dataset_run import dying_run, small_run
from tests.support.forks import Fork
from tests.support.publishing import publish_analysis
from tests.support.s3 import S3Server

BATCHES = (("aa", "bb"),)
SEGMENTS = {segment_id(analysis, seq) for analysis in BATCHES[0] for seq in (0, 1)}
Content = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What the run comes to in a folder, where nobody disturbs it."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    small_run(folder, "only", BATCHES)
    return _content(Dataset.at(folder))


@pytest.fixture
def dataset(bucket: str, tmp_path: Path) -> Dataset:
    use_caches(tmp_path / "here")
    return Dataset.open(f"{bucket}/some/where")


def _content(dataset: Dataset) -> Content:
    """The rows of every table, but for the names of the runs and what each run tells of itself."""
    tables: Content = {}
    for table, schema in TABLES.items():
        rows = read_rows(dataset.storage, dataset.names(table), table, schema.names)
        rows = [row for row in rows if table != "failures" or row["segment_id"]]
        if table not in ("runs", "inputs", "verdicts", "reviews", "translations", "subtitles", "subtitle_qc"):
            tables[table] = sorted(({k: v for k, v in row.items() if k != "run_id"} for row in rows), key=repr)
    return tables


def _objects(url: str) -> set[str]:
    found = fsspec.filesystem("s3", use_listings_cache=False).find(url)
    return {name.removeprefix(url.removeprefix("s3://")).lstrip("/") for name in found}


def _check_what_readers_see(url: str) -> None:
    """Only whole files in the tables, and of an analysis that stands in `analyses` the rows of every table."""
    store, seen = fsspec.filesystem("s3", use_listings_cache=False), dict[str, set[str]]()
    for name in _objects(url):
        table = name.partition("/")[0]
        if table in TABLES:
            found = pq.read_table(io.BytesIO(store.cat_file(f"{url}/{name}")))
            assert found.schema.equals(TABLES[table])
            if table in FACT_TABLES:
                seen.setdefault(table, set()).update(found["analysis_id"].to_pylist())
    for table in FACT_TABLES:
        assert seen.get("analyses", set()) <= seen.get(table, set()), "analyses come last"


@pytest.mark.parametrize(
    "point",
    [
        *("answer.kept", "commit.staged"),  # of a run that another one has to repeat, but for the answers
        *("commit.decided", "commit.moved.transcript", "commit.forgotten"),  # of one that is to be finished
    ],
)
@pytest.mark.long
def test_run_killed_here_goes_on_elsewhere_without_loss(
    bucket: str, s3: S3Server, tmp_path: Path, point: str, uninterrupted: Content
) -> None:
    with Fork(dying_run, bucket, "killed", [point], BATCHES, tmp_path, env=s3.env) as killed:
        assert killed.wait() == -signal.SIGKILL
        asked = killed.words
    _check_what_readers_see(bucket)
    use_caches(tmp_path / "elsewhere")
    asked_again = small_run(bucket, "again", BATCHES)
    assert _content(Dataset.existing(bucket)) == uninterrupted
    assert sorted([*asked, *asked_again]) == sorted(SEGMENTS), "each is paid for once"
    left = {name for name in _objects(bucket) if not name.endswith(".parquet")}
    assert left == {".reelsheet/layout.json", "views.sql"}
    dataset = Dataset.existing(bucket)
    states = read_rows(dataset.storage, dataset.names("runs"), "runs", ["run_id", "state"])
    assert {row["run_id"]: row["state"] for row in states} == {"killed": "killed", "again": "completed"}
    assert len(states) == 2


def test_a_second_writer_is_refused_with_who_writes_and_since_when(
    dataset: Dataset, s3: S3Server, tmp_path: Path
) -> None:
    with Claims(dataset):
        other = Lease(Dataset.at(str(dataset.root)).root)  # as another process would
        with pytest.raises(DatasetNotWritable, match=r"Another run writes to s3://.*, process \d+ on \S+, since \d{4}"):
            other.take()
        publish_analysis(dataset, attempt_rows(), run())  # who has it is not disturbed
    assert [name for name in _objects(str(dataset.root)) if "lease" in name] == [], "it is given back"


def _of_another_machine(dataset: Dataset) -> None:
    holder = {"host": "far", "pid": 7, "machine": "another", "process": "1", "since": "2026-11-22 10:00:00 UTC"}
    (dataset.root / ".reelsheet" / "lease" / "theirs.json").write_text(json.dumps(holder))


def test_the_lease_of_another_machine_holds_until_it_is_not_renewed_for_minutes(dataset: Dataset) -> None:
    _of_another_machine(dataset)
    with pytest.raises(DatasetNotWritable, match="process 7 on far, since 2026-11-22 10:00:00 UTC"):
        recover(dataset)
    assert LIFE_S >= 120
    patient = Lease(dataset.root, life_s=-1.0)  # to which whatever is there is too old
    patient.take()
    assert len(_objects(f"{dataset.root}/.reelsheet/lease")) == 1
    patient.give_back()


def test_who_was_taken_for_dead_publishes_nothing_more(dataset: Dataset) -> None:
    with Claims(dataset):
        (held,) = (dataset.root / ".reelsheet" / "lease").iterdir()
        held.unlink()
        with pytest.raises(DatasetNotWritable, match="another may have taken its place"):
            publish_analysis(dataset, attempt_rows(), run())
    assert _objects(str(dataset.root)) == {".reelsheet/layout.json", "views.sql"}


def test_a_process_that_is_gone_is_known_to_be_dead_only_on_its_own_machine() -> None:
    here = Holder.here()
    assert not here.is_dead
    gone = Holder(here.host, here.pid, here.machine, "0", here.since)
    assert gone.is_dead
    assert not Holder(here.host, here.pid, "another", "0", here.since).is_dead


def test_a_decision_whose_files_were_undone_publishes_nothing_and_forgets_no_answer(dataset: Dataset) -> None:
    decided = {"moves": {"0.parquet": "segments/month=2026-11/x.parquet"}, "forget": ["00aa"]}
    (dataset.hidden / "commits" / "late" / "commit.json").write_text(json.dumps(decided))
    kept = dataset.hidden / "answers" / "00" / "00aa.json"
    kept.write_text("{}")
    recover(dataset)
    assert kept.exists()
    assert not (dataset.hidden / "commits" / "late").exists()


def test_a_spoken_answer_goes_where_the_dataset_is(dataset: Dataset) -> None:
    spoken = voice_file(dataset, "00aa", 1, "ask")
    spoken.parent.mkdir(parents=True)
    spoken.write_bytes(b"RIFF")
    name = seen_from(dataset, str(spoken))
    assert name == ".reelsheet/voices/00/00aa-1.wav"
    assert (dataset.root / name).read_bytes() == b"RIFF"
    assert not spoken.exists()


def test_without_the_package_an_address_is_refused_with_what_to_install() -> None:
    blocked = "import sys; sys.modules['s3fs'] = None; from tasks.store.dataset import Dataset; Dataset.at('s3://b/x')"
    done = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, check=False)
    assert "UsageError: s3://b/x lies in an object store" in done.stderr
    assert "pip install 'reelsheet[s3]'" in done.stderr


def test_a_dataset_in_a_folder_loads_no_storage_library(tmp_path: Path) -> None:
    used = "import sys; from tests.support.dataset_run import small_run; small_run(sys.argv[1], 'one')"
    told = "; print({'upath', 's3fs', 'botocore', 'aiohttp'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", used + told, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")


def test_files_are_not_merged_there(dataset: Dataset) -> None:
    with Claims(dataset) as claims, pytest.raises(UsageError, match="no folder can take the place of another"):
        compact(dataset, claims, "2027-01")
