"""Every page of the console is looked at: it has a picture, or stands in the list of those without with its reason."""

from suixin.site.shell.console_urls import urlpatterns
from suixin.site.shot_exceptions import WITHOUT
from suixin.site.shot_pages import CONSOLE, DETAILS


def test_each_address_of_the_console_has_a_picture_or_a_reason_for_none():
    named = {pattern.name for pattern in urlpatterns}
    assert named - {*CONSOLE, *DETAILS, *WITHOUT} == set(), "place these in suixin/site/shot_pages.py"
    assert {*CONSOLE, *DETAILS, *WITHOUT} - named - {"console-styleguide", "console-styleguide-chart"} == set(), "gone from the console"
