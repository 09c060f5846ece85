"""Addresses of the portal and of the console, and the pages for errors."""

from django.urls import include, path

from suixin.site.shell.pages import datasets, embedding, guides, portal, themes

urlpatterns = [
    path("", portal.home, name="portal-home"),
    path("search", portal.search, name="search"),
    path("b/<slug:slug>", datasets.bureau, name="bureau"),
    path("datasets", datasets.datasets, name="dataset-list"),
    path("dataset/<slug:slug>", datasets.dataset, name="dataset"),
    path("dataset/<slug:slug>/chart.json", datasets.dataset_chart, name="dataset-chart"),
    path("dataset/<slug:slug>/drawings", datasets.dataset_drawings, name="dataset-drawings"),
    path("dataset/<slug:slug>/shapes.json", datasets.dataset_shapes, name="dataset-shapes"),
    path("catalogue", portal.catalogue, name="catalogue"),
    path("catalogue/changes.atom", embedding.changes_atom, name="catalogue-atom"),
    path("catalogue/platforms/<int:pk>", portal.remote_entry, name="remote-entry"),
    path("catalogue/<slug:table>", portal.catalogue_entry, name="catalogue-entry"),
    path("catalogue/<slug:table>/card", embedding.card, name="catalogue-card"),
    path("guides/", guides.guides, name="guides"),
    path("guides/<slug:code>", guides.guide, name="guide"),
    path("guides/<slug:code>/print", guides.guide_print, name="guide-print"),
    path("guides/<slug:code>/files/<int:number>/<slug:kind>", guides.guide_file, name="guide-file"),
    path("themes/", themes.themes, name="themes"),
    path("themes/<slug:slug>/", themes.theme, name="theme"),
    path("themes/<slug:slug>/print", themes.theme_print, name="theme-print"),
    path("oembed", embedding.oembed, name="oembed"),
    path("indicator/<slug:slug>", portal.indicator, name="indicator"),
    path("indicator/<slug:slug>/chart.json", portal.indicator_chart, name="indicator-chart"),
    path("outlines.json", portal.city_outlines, name="city-outlines"),
    path("api", portal.developers, name="developers"),
    path("help", portal.help_page, name="help"),
    path("", include("suixin.site.shell.resident_urls")),
    path("console/", include("suixin.site.shell.console_urls")),
]
