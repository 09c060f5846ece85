"""Pages that show rows by a grant, and pages about a table that show rows to nobody whom only a grant lets in."""

from collections.abc import Iterator

from django.urls import reverse

from suixin.data.access.models import Door
from tests.proof.registry import door
from tests.proof.scene import Left, Scene

PUBLIC = ("dataset", "dataset-chart", "dataset-drawings", "dataset-shapes")


@door(
    "page dataset", "page dataset-chart", "page dataset-drawings", "page dataset-shapes", "page catalogue-entry", "page portal-home",
    "page bureau", "page dataset-list", "page search", by=Door.PAGE, asked_by=("public", "staff"), examples=6,
)
def portal(scene: Scene) -> Iterator[Left]:
    """The dataset's pages, its entry, and the pages that list or draw datasets."""
    for name in PUBLIC:
        yield scene.get(reverse(name, args=[scene.slug]))
    yield scene.get(reverse("dataset", args=[scene.slug]) + "?x=number&y=amount")
    yield scene.get(reverse("catalogue-entry", args=[scene.table]))
    yield scene.get(reverse("bureau", args=["data-bureau"]))
    yield scene.get(reverse("portal-home"))
    yield scene.get(reverse("dataset-list") + "?q=试验")
    yield scene.get(reverse("search") + "?q=试验")


@door("page console-resource", "page console-doubt", by=Door.PAGE, asked_by=("staff",), examples=4)
def console(scene: Scene) -> Iterator[Left]:
    """The entity page of the console, and the form that doubts a cell."""
    yield scene.get(reverse("console-resource", args=[scene.table]))
    for name in scene.fields:
        yield scene.get(reverse("console-doubt", args=[scene.table]) + f"?row_code={scene.keys[0]}&item={name}")


ABOUT = ("console-resource-quality", "console-grading", "console-rules", "console-rule-new", "console-retention", "console-fill",
         "console-exemption", "console-resource-versions", "console-change-new")
ABOUT_BATCH = ("console-batch", "console-rejects", "console-rejects-file", "console-correction-sheet", "console-receipt",
               "console-correction", "console-rejects-order")


@door(
    *(f"page {name}" for name in (*ABOUT, *ABOUT_BATCH)), "page console-resource-generated", "page dataset-doubt", "page catalogue-card",
    "api show_dataset", "api show_entry", "api list_items", by=None, asked_by=("staff", "public"), reveals=False, examples=2,
)
def about(scene: Scene) -> Iterator[Left]:
    """Pages about the table: its owner's, or without a value."""
    for name in ABOUT:
        yield scene.get(reverse(name, args=[scene.table]))
    for name in ABOUT_BATCH:
        yield scene.get(reverse(name, args=[scene.table, scene.world.batch]))
    for name in ("template.xlsx", "schema.json", "samples.csv", "interface.json", "dictionary.docx"):
        yield scene.get(reverse("console-resource-generated", args=[scene.table, name]))
    yield scene.get(reverse("dataset-doubt", args=[scene.slug]))
    yield scene.get(reverse("catalogue-card", args=[scene.table]))
    for place in (f"datasets/{scene.slug}", f"catalogue/entries/{scene.table}", f"catalogue/entries/{scene.table}/items"):
        yield scene.get(f"/api/v1/{place}")
