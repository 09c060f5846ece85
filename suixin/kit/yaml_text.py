"""YAML read safely: by libyaml where PyYAML was built with it, which takes a seventh of the time, else in Python.

Raises   yaml.YAMLError (no YAML), RecursionError (nested too deeply for the reader in Python)
"""

from typing import IO, Any

import yaml

LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: str | IO[str]) -> Any:  # noqa: ANN401  as YAML gives it: whoever asks checks it
    """The one document: mappings, lists and plain values, nothing else."""
    return yaml.load(text, Loader=LOADER)  # noqa: S506  a safe loader
