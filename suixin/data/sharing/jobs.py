"""What time alone brings about: shares past their day end, what is due is reminded of, violations are looked for."""

from suixin.data.sharing import ending, recording, violations


def daily() -> str:
    """A line of what was done; harmless when repeated."""
    ended, told, found = ending.end_expired(), recording.remind(), violations.detect()
    return f"结束到期的共享 {ended} 项，提醒 {told} 条，新发现违规情形 {found} 条。"
