"""Downloads of what an entry's contract generates."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from suixin.data.catalog.queries import resource_by
from suixin.ground.security import policy
from suixin.site import generated as making
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def generated(request: HttpRequest, table: str, name: str) -> HttpResponse:
    """One artefact as a download. Raises NotAllowed, NotFound, NoSample."""
    resource = resource_by(table)
    policy.require(actor_for(request), "catalog.view", resource)
    made = making.artefact(name)
    answer = HttpResponse(making.generated(resource, made, server=f"{request.scheme}://{request.get_host()}"), content_type=made.media_type)
    answer["Content-Disposition"] = f"attachment; filename=\"{table}-{name}\"; filename*=UTF-8''{quote(made.file_name(resource.contract))}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
