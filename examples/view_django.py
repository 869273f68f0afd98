"""A Django view that shows a plan as a page: `path("plans/<date:…>", plan_page)` in your own urls.

The page brings its own Content-Security-Policy; the view sends the same one as a header, and asks every cache on
the way to keep nothing.
"""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_GET

from lemtrada_schedule import ScheduleError, load_protocol, plan_treatment, read_clinic, to_html

CLINIC: Final = "examples/boston.toml"


@require_GET
def plan_page(request: HttpRequest, not_before: str) -> HttpResponse:
    """Show the plan that begins on or after a day, with neutral titles unless `?titles=clinical` is asked for."""
    try:
        plan = plan_treatment(load_protocol("us"), read_clinic(CLINIC), not_before=not_before)
        page = to_html(plan, titles=request.GET.get("titles", "neutral"))  # type: ignore[arg-type]  # and refuses other words
    except ScheduleError as refused:
        return JsonResponse({"code": refused.code, "place": refused.place, "message": refused.message}, status=422)
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy[1].replace("&#x27;", "'") if policy else "",
    }
    return HttpResponse(page, headers=headers)


urlpatterns = [path("plans/<str:not_before>", plan_page)]
