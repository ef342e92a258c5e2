"""Upload files to the temporary store of Qwen-Omni's own service.

A file too large for base64 becomes an `oss://` address, in three documented steps: a policy is asked for, with the
key and for one model; the file is posted with it, as the last field of a form; the address that this gives goes into
the request, with a header of its own (tasks/omni/messages.py).

A policy serves for many files until shortly before it expires, and an address for 48 hours, for the model and the
account that it was made for. An address that the service refused is forgotten, so that the next attempt uploads anew.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2

from config.types import ProviderSpec
from tasks.errors import (
    BadRequest,
    ConnectionLost,
    NotFound,
    NotReadable,
    NoUploads,
    ReelsheetError,
    ServiceBusy,
    TooLarge,
    Transient,
)
from tasks.omni.error_mapping import body_of, code_and_message, from_httpx
from tasks.omni.error_table import error_from, quote
from tasks.omni.parts import Link

LIFE_S = 48 * 3600.0  # of an address, documented
_EARLY_S = 3600.0  # so long before its end an address is renewed: a question may wait for its turn and an answer
_POLICY_EARLY_S = 30.0
_MANY = 256  # addresses, before those of files that are gone are forgotten

_PATH = "/api/v1/uploads"
_FIELDS = (
    *("policy", "signature", "upload_dir", "upload_host", "expire_in_seconds"),
    *("oss_access_key_id", "x_oss_object_acl", "x_oss_forbid_overwrite"),
)
_XML = re.compile(r"<(Code|Message)>(.*?)</\1>", re.DOTALL)


class _File(NamedTuple):
    """A file is known as it was when it was uploaded, for one model."""

    path: str
    size_bytes: int
    mtime_ns: int
    model: str


@dataclass(frozen=True, slots=True)
class _Address:
    link: Link
    ends_at: float  # on the clock


@dataclass(frozen=True, slots=True)
class _Policy:
    """A policy is the permission to upload, as the service words it."""

    fields: Mapping[str, Any]
    ends_at: float  # on the clock

    @property
    def largest_bytes(self) -> int | None:
        limit = self.fields.get("max_file_size_mb")
        return int(float(limit) * 1024 * 1024) if limit is not None else None


class Uploads:
    """Uploads go to one address with one key.

    They are thread-safe; files are streamed.
    """

    def __init__(
        self,
        provider: ProviderSpec,
        key: str | None,
        http: httpx2.Client,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._provider, self._key, self._http, self._clock = provider, key, http, clock
        self._lock = threading.Lock()
        self._policies: dict[str, _Policy] = {}  # by model
        self._addresses: dict[_File, _Address] = {}
        self._missing: NoUploads | None = None

    def link(self, path: str, model: str) -> Link:
        """Return the address of a file, uploaded unless it was before.

        Raises NoUploads where the server has no such service, TooLarge, what stops the run for a refused key,
        Transient errors whose `transfer` is "upload", NotFound, NotReadable.
        """
        file = _look(path, model)
        with self._lock:
            known = self._addresses.get(file)
        if known is not None and known.ends_at > self._clock():
            return known.link
        policy = self._policy(model)
        if policy.largest_bytes is not None and file.size_bytes > policy.largest_bytes:
            raise TooLarge(
                f"{self._provider.title} takes uploads of at most {policy.largest_bytes:,} bytes, "
                f"but this segment has {file.size_bytes:,}. Cut it shorter or smaller."
            )
        ends_at = self._clock() + LIFE_S - _EARLY_S
        link = Link(f"oss://{self._post(file, policy)}")
        with self._lock:
            if len(self._addresses) >= _MANY:  # clips are gone once they are answered
                kept = {file: known for file, known in self._addresses.items() if Path(file.path).exists()}
                self._addresses = kept
            self._addresses[file] = _Address(link, ends_at)
        return link

    def forget(self, path: str) -> None:
        """Forget the address of a file, so that it is uploaded anew."""
        with self._lock:
            self._addresses = {file: known for file, known in self._addresses.items() if file.path != path}

    # --- the steps ------------------------------------------------------------------------------------------------

    def _policy(self, model: str) -> _Policy:
        """Return a policy that holds for a while.

        One thread asks for it, the others wait and share it.
        """
        with self._lock:
            if self._missing is not None:
                raise self._missing.replace()
            known = self._policies.get(model)
            if known is None or known.ends_at <= self._clock():
                known = self._policies[model] = self._ask_policy(model)
            return known

    def _ask_policy(self, model: str) -> _Policy:
        host = urlsplit(self._provider.base_url or "")
        asked_at = self._clock()
        try:
            response = self._http.get(
                f"{host.scheme}://{host.netloc.rpartition('@')[2]}{_PATH}",
                params={"action": "getPolicy", "model": model},
                headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            )
        except httpx2.HTTPError as error:
            raise from_httpx(error, self._provider) from None
        code, message = code_and_message(body_of(response))
        if response.status_code in (404, 405, 501) and not code:
            self._missing = NoUploads(f"{self._provider.title} has no temporary upload at this address.")
            raise self._missing
        if response.status_code != 200:
            raise _while_uploading(error_from(response.status_code, code, message, response.headers, self._provider))
        body = body_of(response)
        fields = body.get("data") if isinstance(body, Mapping) else None
        lacking = [name for name in _FIELDS if not isinstance(fields, Mapping) or fields.get(name) in (None, "")]
        if lacking or not isinstance(fields, Mapping):
            self._missing = NoUploads(
                f"{self._provider.title} answered a request for an upload with something else ({', '.join(lacking)} "
                "expected)."
            )
            raise self._missing
        target = urlsplit(str(fields["upload_host"]))
        if target.scheme not in ("https", host.scheme):
            raise NoUploads(f"{self._provider.title} wants uploads at {target.scheme}://…, which is not encrypted.")
        return _Policy(fields, asked_at + float(fields["expire_in_seconds"]) - _POLICY_EARLY_S)

    def _post(self, file: _File, policy: _Policy) -> str:
        """Post the file, and return its key in the store."""
        fields = policy.fields
        key = f"{fields['upload_dir']}/{uuid4().hex}{Path(file.path).suffix}"
        form = {
            "OSSAccessKeyId": str(fields["oss_access_key_id"]),
            "Signature": str(fields["signature"]),
            "policy": str(fields["policy"]),
            "x-oss-object-acl": str(fields["x_oss_object_acl"]),
            "x-oss-forbid-overwrite": str(fields["x_oss_forbid_overwrite"]),
            "key": key,
            "success_action_status": "200",
        }
        try:
            with Path(file.path).open("rb") as content:  # fields first, `file` last, as the store wants it
                response = self._http.post(str(fields["upload_host"]), data=form, files={"file": (key, content)})
        except httpx2.HTTPError as error:
            raise _while_uploading(from_httpx(error, self._provider)) from None
        except OSError as error:
            raise _unreadable(file.path, error) from None
        if response.status_code == 200:
            return key
        found = dict(_XML.findall(response.text))
        code, message = found.get("Code", ""), found.get("Message", "")
        if code == "EntityTooLarge":
            raise TooLarge(f"{self._provider.title} does not take an upload of {file.size_bytes:,} bytes.")
        with self._lock:  # whatever it is that the store dislikes, another policy may mend it
            self._policies.pop(file.model, None)
        if response.status_code < 500 and response.status_code not in (408, 429):
            raise ServiceBusy(
                f"{self._provider.title} refused an upload: HTTP {response.status_code} "
                f"({quote(f'{code}: {message}'.strip(': ')) or 'without a reason'}).",
                max_retries=1,
                transfer="upload",
            )
        raise _while_uploading(error_from(response.status_code, code, message, response.headers, self._provider))


def is_transfer_failure(error: ReelsheetError) -> bool:
    """Return whether the media's way failed, so that another way may work."""
    return isinstance(error, NoUploads) or (isinstance(error, Transient) and error.transfer is not None)


def _while_uploading(error: ReelsheetError) -> ReelsheetError:
    """Mark an error as one of the upload.

    Of what may pass it tells that nothing was asked yet: the chat's own address may be well.
    """
    if not isinstance(error, Transient):
        return error
    if isinstance(error, ConnectionLost):
        error = error.replace(never_connected=False)
    return error.replace(message=f"While a file was uploaded: {error.message}", transfer="upload")


def _look(path: str, model: str) -> _File:
    try:
        found = Path(path).stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    if not found.st_size:
        raise BadRequest(f"The file {path} is empty, so there is nothing to upload.")
    return _File(path, found.st_size, found.st_mtime_ns, model)


def _unreadable(path: str, error: OSError) -> NotFound | NotReadable:
    kind = NotFound if isinstance(error, FileNotFoundError) else NotReadable
    return kind(f"The file {path} cannot be read ({error.strerror}). It should lie in the work folder; run again.")
