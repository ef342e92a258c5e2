"""The service's temporary upload: a policy, a form posted to the store, and addresses that a model may read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.service_errors import AMBIGUOUS, DOCUMENTED
from tests.support.service_faults import HttpError, Refusal

ACCESS_KEY_ID = "LTAI-stand-in"
ACL = "private"
FORBID_OVERWRITE = "true"
POLICY_LIFE_S = 300
FILE_LIFE_S = 48 * 3600
LARGEST_MB = 2048
_SECRET = b"stand-in"


@dataclass(frozen=True)
class Grant:
    """A policy that was given out."""

    upload_dir: str
    model: str
    account: str
    ends_at: float  # time.monotonic()


@dataclass(frozen=True)
class Stored:
    """A file that was uploaded."""

    url: str
    path: Path
    model: str
    account: str
    size_bytes: int
    ends_at: float


@dataclass
class UploadStore:
    """`account` is the Authorization header: addresses are bound to it, and to the model of the policy."""

    folder: Path
    policy_life_s: float = POLICY_LIFE_S
    file_life_s: float = FILE_LIFE_S
    largest_mb: int = LARGEST_MB
    grants: dict[str, Grant] = field(default_factory=dict)  # by policy
    stored: dict[str, Stored] = field(default_factory=dict)  # by oss:// address

    def policy(self, model: str, account: str, upload_host: str) -> dict[str, Any]:
        """The `data` of the answer to getPolicy."""
        upload_dir = f"dashscope-instant/{secrets.token_hex(8)}/{datetime.now(UTC):%Y-%m-%d}/{secrets.token_hex(16)}"
        conditions = [["content-length-range", 0, self.largest_mb * 1024**2], ["starts-with", "$key", upload_dir]]
        expiration = (datetime.now(UTC) + timedelta(seconds=self.policy_life_s)).isoformat()
        said = json.dumps({"expiration": expiration, "conditions": conditions})
        policy = base64.b64encode(said.encode()).decode()
        self.grants[policy] = Grant(upload_dir, model, account, time.monotonic() + self.policy_life_s)
        return {
            "policy": policy,
            "signature": _signature(policy),
            "upload_dir": upload_dir,
            "upload_host": upload_host,
            "expire_in_seconds": int(self.policy_life_s),
            "max_file_size_mb": self.largest_mb,
            "capacity_limit_mb": 1_000_000,
            "oss_access_key_id": ACCESS_KEY_ID,
            "x_oss_object_acl": ACL,
            "x_oss_forbid_overwrite": FORBID_OVERWRITE,
        }

    def expire_policies(self) -> None:
        """All policies given out so far have expired."""
        self.grants = {policy: replace(grant, ends_at=0.0) for policy, grant in self.grants.items()}

    def expire_files(self) -> None:
        """All files uploaded so far have expired."""
        self.stored = {url: replace(stored, ends_at=0.0) for url, stored in self.stored.items()}

    def put(self, form: list[tuple[str, bytes]]) -> int:
        """Store the posted form's file; the HTTP status. Raises Refusal with the code of the store's error."""
        if not form or form[-1][0] != "file":
            raise _refused(400, "InvalidArgument", "The field file must be the last one of the form, and only once.")
        fields = {name: value.decode("utf-8", "replace") for name, value in form[:-1]}
        missing = [
            name
            for name in ("OSSAccessKeyId", "Signature", "policy", "key", "x-oss-object-acl", "x-oss-forbid-overwrite")
            if name not in fields
        ]
        if missing or "file" in fields:
            raise _refused(400, "InvalidArgument", f"The fields {missing} are missing before the file.")
        if fields["OSSAccessKeyId"] != ACCESS_KEY_ID:
            raise _refused(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist.")
        grant = self.grants.get(fields["policy"])
        if grant is None or not hmac.compare_digest(_signature(fields["policy"]), fields["Signature"]):
            raise _refused(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
        self._check(fields, grant, len(form[-1][1]))
        path = self.folder / hashlib.sha256(fields["key"].encode()).hexdigest()
        path.write_bytes(form[-1][1])
        url = f"oss://{fields['key']}"
        size, ends_at = len(form[-1][1]), time.monotonic() + self.file_life_s
        self.stored[url] = Stored(url, path, grant.model, grant.account, size, ends_at)
        return 200 if fields.get("success_action_status") == "200" else 204

    def resolve(self, url: str, model: str, account: str, *, header: str | None) -> Path:
        """The file at an oss:// address, for this model, account and `X-DashScope-OssResourceResolve`."""
        if header != "enable":
            raise Refusal(DOCUMENTED["InvalidParameter.DataInspection"])
        stored = self.stored.get(url)
        if stored is None or (stored.model, stored.account) != (model, account) or stored.ends_at <= time.monotonic():
            raise Refusal(AMBIGUOUS["download failed"])
        return stored.path

    def _check(self, fields: dict[str, str], grant: Grant, size: int) -> None:
        if grant.ends_at <= time.monotonic():
            raise _refused(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
        if not re.fullmatch(re.escape(grant.upload_dir) + r"/.+", fields["key"]):
            raise _refused(403, "AccessDenied", "Invalid according to Policy: Policy Condition failed: key.")
        if (fields["x-oss-object-acl"], fields["x-oss-forbid-overwrite"]) != (ACL, FORBID_OVERWRITE):
            raise _refused(403, "AccessDenied", "Invalid according to Policy: Policy Condition failed: x-oss.")
        if f"oss://{fields['key']}" in self.stored:
            raise _refused(
                409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten."
            )
        if size > self.largest_mb * 1024**2:
            raise _refused(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size.")


def form_of(body: bytes, content_type: str) -> list[tuple[str, bytes]]:
    """The fields of a multipart form as (name, value), in order. Empty where it is none."""
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if not content_type.startswith("multipart/form-data") or boundary is None:
        return []
    fields: list[tuple[str, bytes]] = []
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())[1:]:
        head, blank, value = piece.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        if blank and name:
            fields.append((name[1].decode(), value))
    return fields


def error_xml(error: HttpError) -> str:
    """An error as the store words it."""
    return f"<Error>\n  <Code>{error.code}</Code>\n  <Message>{error.message}</Message>\n</Error>\n"


def _signature(policy: str) -> str:
    return base64.b64encode(hmac.new(_SECRET, policy.encode(), hashlib.sha1).digest()).decode()


def _refused(status: int, code: str, message: str) -> Refusal:
    return Refusal(HttpError(status, code, message))
