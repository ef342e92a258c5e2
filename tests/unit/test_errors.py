"""Errors: one tree, each with its typed attributes, which survive pickling and copying."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator

import pytest

from tasks import errors
from tasks.errors import (
    BadKey,
    ConnectionLost,
    DatasetNotWritable,
    FfmpegFailed,
    FileChanged,
    RateLimited,
    ReelsheetError,
    TooLarge,
)
from tasks.system.child_server import ChildServerFailed
from tests.support.dataset_rows import call


def tree(kind: type[ReelsheetError] = ReelsheetError) -> Iterator[type[ReelsheetError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from tree(below)


EXAMPLES = [
    *(kind(f"a {kind.__name__}") for kind in tree()),
    BadKey("refused").replace(status=401, code="InvalidApiKey", calls=(call(),)),
    RateLimited("slow down", retry_after=2.5, max_retries=1, transfer="upload"),
    ConnectionLost("refused", never_connected=True, why="ECONNREFUSED"),
    TooLarge("too large", needed_bytes=20, limit_bytes=10),
    FfmpegFailed("killed", tail="last words", retryable=True),
    DatasetNotWritable("full", errno=28),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_pickles_with_its_attributes(error: ReelsheetError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_a_copy_has_the_changes_and_keeps_the_rest() -> None:
    error = RateLimited("slow down", retry_after=2.5)
    copied = error.replace(message="While uploading: slow down", max_retries=1)
    assert (str(copied), copied.retry_after, copied.max_retries) == ("While uploading: slow down", 2.5, 1)
    assert (str(error), error.max_retries) == ("slow down", None)


def test_a_copy_has_no_traceback_and_no_cause() -> None:
    with pytest.raises(BadKey) as caught:
        raise BadKey("no") from ValueError("holds the key")
    copied = caught.value.replace(calls=())
    assert (copied.__traceback__, copied.__cause__, copied.__context__) == (None, None, None)


def test_a_copy_takes_only_attributes_that_the_class_has() -> None:
    with pytest.raises(TypeError, match="BadKey has no attribute 'retry_after'"):
        BadKey("no").replace(retry_after=1.0)


def test_a_media_error_is_retryable_where_its_class_or_its_raiser_says_so() -> None:
    kinds = [FileChanged("grew"), FfmpegFailed("killed", retryable=True), FfmpegFailed("broken")]
    assert [error.retryable for error in kinds] == [True, True, False]


def test_the_docstring_names_every_error() -> None:
    drawn = re.findall(r"[─ ] (\w+) {2,}", errors.__doc__ or "")
    assert sorted(drawn) == sorted({kind.__name__ for kind in tree()} | {ChildServerFailed.__name__})
