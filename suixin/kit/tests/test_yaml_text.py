"""YAML is read safely, whichever reader is there."""

import pytest
import yaml

from suixin.kit import yaml_text


@pytest.mark.parametrize("loader", [yaml_text.LOADER, yaml.SafeLoader])
def test_mappings_lists_and_plain_values_are_read(loader: type[yaml.SafeLoader], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "LOADER", loader)
    assert yaml_text.load("名称: [甲, 1, true, ~]") == {"名称": ["甲", 1, True, None]}


@pytest.mark.parametrize("loader", [yaml_text.LOADER, yaml.SafeLoader])
def test_nothing_of_python_is_made(loader: type[yaml.SafeLoader], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "LOADER", loader)
    with pytest.raises(yaml.YAMLError):
        yaml_text.load("!!python/object/apply:os.getcwd []")
