"""For which organisation one acts: the switch in the head of the console."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from suixin.kit.errors import BadRequest
from suixin.site.shell.readers import ACTING_FOR, places_of, staff_page


@require_POST
@staff_page
def switch(request: HttpRequest) -> HttpResponse:
    """Another of one's organisations chosen for this session; the desk shows its work."""
    chosen = request.POST.get("organisation", "")
    if chosen not in {place.uscc for place in places_of(request)}:
        raise BadRequest("您在这个机构没有有效的岗位，不能代表它办理；请从页面右上角重新选择。")
    request.session[ACTING_FOR] = chosen
    return redirect("console-home")
