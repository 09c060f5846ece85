"""Items of government services and their guides: what to do and where, never a row of a resource."""

from tests.proof.registry import named, no_rows

no_rows("guides and items, public texts", *named("api", "search_items show_item"),
        *named("page", "guide guide-print guide-file guides"))
no_rows(
    "single cells of the applicant's own row, by its proven number, whole or not at all (services/cases/tests/test_prefilling.py)",
    "page apply",
)
no_rows("money and notices of cases, no row of a resource", "api take_payment", *named("page", (
    "my-contact pay-simulated console-case-money console-case-untold"
)))
no_rows("applications and cases: what people handed in and departments decided, no row of a resource", "api show_case", *named("page", (
    "my-cases my-case my-paper my-file my-authorities console-service-cases console-service-case console-service-paper"
    " console-case-board console-reception console-receive console-receive-theme"
)))
no_rows("matters: what was applied for under themes, what is due, what departments wrote; no row of a resource", *named("page", (
    "theme-apply my-matter my-calendar my-calendar-file my-letters console-matters console-matter console-matter-receipt"
)))
no_rows("themes: declarations, items and questions, texts", *named("api", "list_themes show_theme plan_theme"), *named("page", (
    "themes theme theme-print console-themes console-theme console-theme-new console-theme-edit console-theme-bank console-theme-branches"
)))
no_rows("items as their department writes them, and files of items", *named("page", (
    "console-item console-item-edit console-item-new console-item-version console-items console-items-exchange console-items-file"
    " console-items-import"
)))
