"""A procedure played through with dates, from assumptions in the address, so that a link shares them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from suixin.ground.flow.procedures import declaration_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.errors import SuixinError
from suixin.site.shell.queries import procedures as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.simulation import Simulation, simulation_of
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.simulation_forms import SimulationForm


@require_safe
@staff_page
def simulation(request: HttpRequest, slug: str) -> HttpResponse:
    """What would come of a start date, data, durations and suspensions; nothing is written."""
    policy.require_anywhere(actor_for(request), "flow.view")
    number = request.GET.get("version", "")
    version, _ = queries.version_of(slug, number)
    declaration = declaration_of(version)
    is_asked = any(name != "version" for name in request.GET)
    form = SimulationForm(request.GET if is_asked else None, declaration=declaration, auto_id="assume-%s")
    played: Simulation | None = None
    if not is_asked or form.is_valid():
        try:
            played = simulation_of(declaration, form.assumed(clock.today()))
        except SuixinError as error:
            form.add_error(None, error.sentence)
    crumbs = console_crumbs(
        (gettext("流程"), reverse("console-procedures")), (version.procedure.title, reverse("console-procedure", args=[slug])),
        (gettext("推演"), ""),
    )
    context = {"version": version, "declaration": declaration, "form": form, "played": played, "crumbs": crumbs, "number": number}
    return render(request, "console/procedure_simulate.html", context, status=200 if played else 422)
