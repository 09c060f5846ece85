"""Log lines: as text, or one JSON object a line (SUIXIN_LOG=json), each with the trace id; never personal data or secrets.

JSON     time (ms, zone), level, logger, message, trace_id, and of requests: method, route, door, status, ms, actor
Hidden   long runs of digits (resident ID, phone, card), query strings, values of passwords, tokens, signatures,
         e-mail addresses, what a database quotes of a row, quoted values in the message of a foreign exception
Faults   type, hidden message and frames (file, line, function), without lines of source or values
"""

import json
import logging
import re
import traceback
from datetime import datetime

from suixin.kit import clock, origin
from suixin.kit.errors import SuixinError

ACCESS = "suixin.access"
SAID_TO_EVERYBODY = ("Configuration allows spawning up to", "Websockets are not supported", "Listening at")
FIELDS = ("method", "route", "door", "status", "code", "ms", "actor", "rows")
_HIDINGS = (
    (re.compile(r"(?i)\b(password|passwd|secret|token|signature|authorization|cookie|sessionid|csrf\w*|x-sign\w*|api[_-]?key)"
                r"(['\"]?\s*[=:]\s*)(bearer\s+|basic\s+)?(\"[^\"]*\"|'[^']*'|[^\s,;&]+)"), r"\1\2…"),
    (re.compile(r"(://[^/:@\s]*):[^@/\s]+@"), r"\1:…@"),
    (re.compile(r"(Key \([^)]*\)=)\(.*?\)(?= )"), r"\1(…)"),
    (re.compile(r"(Failing row contains )\(.*\)"), r"\1(…)"),
    (re.compile(r"(?<=[\w/])\?[^\s\"'<>]*=[^\s\"'<>]*"), "?…"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"), "…@…"),
    (re.compile(r"(?<![0-9A-Za-z])\d{11,19}[Xx]?(?![0-9A-Za-z])"), "…"),
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”")


def hidden(text: str) -> str:
    """The text without what a log must not keep."""
    for pattern, instead in _HIDINGS:
        text = pattern.sub(instead, text)
    return text


class _Lines(logging.Formatter):
    """What both forms share: the message, hidden; the fault, without values."""

    def told(self, record: logging.LogRecord) -> str:
        """The message. Of a request that Django tells about, its route instead of its address."""
        request = getattr(record, "request", None)
        if request is None:
            return hidden(record.getMessage())
        match = getattr(request, "resolver_match", None)
        reason = str(record.args[0]) if isinstance(record.args, tuple) and record.args else "request"
        return hidden(f"{reason}: {getattr(request, 'method', '')} {match.route if match else '(no route)'}")

    def fault(self, record: logging.LogRecord) -> list[str]:
        """The chain of exceptions, innermost cause first."""
        error = record.exc_info[1] if record.exc_info else None
        chain: list[BaseException] = []
        while error is not None and error not in chain:
            chain.append(error)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return [line for one in reversed(chain) for line in _frames(one)]


class JsonLines(_Lines):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        content: dict[str, object] = {
            "time": _moment(record), "level": record.levelname, "logger": record.name, "message": self.told(record),
            "trace_id": origin.current().trace_id,
        }
        content |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        if fault := self.fault(record):
            content["fault"] = fault
        return json.dumps(content, ensure_ascii=False, default=str)


class TextLines(_Lines):
    """One line for people; a fault follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        trace = origin.current().trace_id
        facts = " ".join(f"{name}={value}" for name in FIELDS if (value := getattr(record, name, None)) is not None)
        words = (_moment(record), record.levelname, record.name, self.told(record), facts, f"[{trace}]" if trace else "")
        return "\n".join([" ".join(word for word in words if word), *(f"    {line}" for line in self.fault(record))])


class NotOurs(logging.Filter):
    """Drops what the server says to everybody: that threads are many (ours wait for slow clients), where it will listen before it does."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is told."""
        return not record.getMessage().startswith(SAID_TO_EVERYBODY)


def settings_for(form: str, *, has_access_lines: bool) -> dict[str, object]:
    """Python's logging configuration; the same for server, worker and commands."""
    formatter = "suixin.site.logs.JsonLines" if form == "json" else "suixin.site.logs.TextLines"
    quiet = {  # strangers must not fill the log, neither with tracebacks nor with names that failed to sign in
        name: {"level": "CRITICAL"} for name in ("django.security.DisallowedHost", "django.security.SuspiciousOperation", "axes")
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "filters": {"ours": {"()": "suixin.site.logs.NotOurs"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            ACCESS: {"level": "INFO" if has_access_lines else "WARNING"}, "django.server": {"level": "CRITICAL"},
            "_granian": {"handlers": ["console"], "filters": ["ours"], "level": "INFO", "propagate": False}, **quiet,
        },
    }


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, clock.CHINA).isoformat(timespec="milliseconds")


def _frames(error: BaseException) -> list[str]:
    message = hidden(str(error)) if isinstance(error, SuixinError) else _QUOTED.sub("“…”", hidden(str(error)))
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    return [*frames, f"{type(error).__name__}: {message}"]
