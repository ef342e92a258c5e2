"""Give a command its options, and turn what was given into a request.

The options are declared in `config/options.py`. A command that `takes(AnalyzeRequest)` gets one parameter, the
request; its own options follow. So an option is declared in one place, and no command repeats the list.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from pydantic.json_schema import JsonSchemaValue

from config.errors import expectation, unknown
from config.options import Option, Options, options_of
from flows.commands.completion import completer
from tasks.errors import UsageError
from tasks.system.dates import moment_of

Command = Callable[..., None]

Json = Annotated[bool, typer.Option("--json", help="one JSON value on standard output")]

_FEW = 6  # options that need no headings in the help
_TYPES = {"integer": int, "number": float, "boolean": bool, "array": list[str]}


def takes(kind: type[Options], *, without: Collection[str] = ()) -> Callable[[Command], Command]:
    """Give a command the options of `kind`, but for those named in `without`.

    It is called with a `kind` of what was given. What is required becomes an argument, and so does what is
    declared by `argument`. The command's own parameters follow as they are.
    """
    declared, schema = options_of(kind), kind.model_json_schema()["properties"]
    shared = {
        name: _parameter(name, schema[name], declared.get(name), headings=len(kind.model_fields) > _FEW)
        for name, field in kind.model_fields.items()
        if (name in declared or field.is_required() or "argument" in schema[name]) and name not in without
    }

    def decorate(command: Command) -> Command:
        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

        @functools.wraps(command)
        def called(**given: Any) -> None:
            command(_request(kind, schema, {name: given.pop(name) for name in shared}), **given)

        parameters = [*shared.values(), *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own)]
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return called

    return decorate


def _parameter(name: str, schema: JsonSchemaValue, declared: Option | None, *, headings: bool) -> inspect.Parameter:
    """Return what typer reads of an option, or of the argument that is no option."""
    value = _value(schema)
    words = schema["description"].replace("[", "\\[")  # else typer's help takes it for markup
    kind: Any = Path if value.get("format") == "path" else _TYPES.get(value["type"], str)
    if declared is None:
        annotation = Annotated[kind, typer.Argument(help=words)]
        default: Any = [] if "argument" in schema else inspect.Parameter.empty
    else:
        least = value.get("minimum", 1 if value["type"] == "integer" and "exclusiveMinimum" in value else None)
        info = typer.Option(
            declared.flag,
            metavar=declared.metavar,
            help=words,
            min=least,
            autocompletion=completer(name, _words(value)),
            rich_help_panel=declared.heading if headings else None,
        )
        annotation, default = Annotated[kind | None, info], None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _value(schema: JsonSchemaValue) -> JsonSchemaValue:
    """Return the schema of what is given, where None may be, too."""
    either: list[JsonSchemaValue] = schema.get("anyOf", [schema])
    return either[0]


def _words(value: JsonSchemaValue) -> tuple[str, ...]:
    """Return the words that an option takes; none where it takes others, too."""
    return tuple(value.get("items", value).get("enum", ()))


def _request(kind: type[Options], schema: JsonSchemaValue, given: Mapping[str, Any]) -> Options:
    """Make a request of what was given. Raises UsageError for what cannot be."""
    declared = options_of(kind)
    values = {name: value for name, value in given.items() if value not in (None, [])}
    for name, value in values.items():
        flag = declared[name].flag.removeprefix("--") if name in declared else name
        values[name] = _read(flag, _value(schema[name]), value)
    try:
        return kind(**values)
    except ValidationError as error:
        details = error.errors(include_input=True)[0]
        name = str(details["loc"][0])
        flag = declared[name].flag.partition("/")[0] if name in declared else name
        raise UsageError(f"{flag}: {expectation(details, kind).partition(': ')[2]}") from None


def _read(flag: str, value: JsonSchemaValue, given: Any) -> Any:
    """Return what was given as the request has it: a moment for "3d", words once."""
    if value.get("format") == "date-time":
        return moment_of(given, datetime.now(UTC))
    if isinstance(given, list) and (known := _words(value)):
        for word in given:
            if word not in known:
                raise UsageError(unknown(flag, word, known))
        return tuple(dict.fromkeys(given))
    return given
