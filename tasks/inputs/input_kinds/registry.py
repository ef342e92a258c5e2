"""List the kinds of arguments that name recordings.

The first one that an argument is of is taken. A new one is one file next to this one, and one row here.
"""

from __future__ import annotations

from tasks.inputs.input_kinds.address import add_address, is_address
from tasks.inputs.input_kinds.file import add_file, is_file
from tasks.inputs.input_kinds.folder import add_folder, is_folder
from tasks.inputs.input_kinds.manifest import add_manifest, is_manifest
from tasks.inputs.input_kinds.pattern import add_pattern, is_pattern
from tasks.inputs.search import InputKind

KINDS = (
    InputKind(is_manifest, add_manifest),
    InputKind(is_address, add_address),
    InputKind(is_folder, add_folder),
    InputKind(is_file, add_file),
    InputKind(is_pattern, add_pattern),
)
