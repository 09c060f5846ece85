"""What themes tell the modules above."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThemePublished:
    """A version of a theme was published, or the theme was paused, resumed or withdrawn by one."""

    theme_id: int
    number: int
