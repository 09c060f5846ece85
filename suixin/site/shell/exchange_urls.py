"""Addresses of exchange in the console, under /console/exchange/."""

from django.urls import URLPattern, path

from suixin.site.shell.pages.console.exchange import (
    files,
    landing,
    proxies,
    receipts,
    receivers,
    recipients,
    subscriptions,
    tables,
)

urlpatterns: list[URLPattern] = [
    path("exchange/", landing.landing, name="console-exchange"),
    path("exchange/minutes.json", landing.minutes, name="console-exchange-minutes"),
    path("exchange/tables/", tables.exchange_list, name="console-exchange-tables"),
    path("exchange/tables/new/", tables.new, name="console-exchange-table-new"),
    path("exchange/tables/receivers/new/", receivers.new, name="console-exchange-receiver-new"),
    path("exchange/tables/receivers/<slug:slug>/", receivers.receiver, name="console-exchange-receiver"),
    path("exchange/tables/<uuid:uuid>/", tables.exchange, name="console-exchange-table"),
    path("exchange/files/", files.order_list, name="console-exchange-files"),
    path("exchange/files/new/", files.new, name="console-exchange-file-new"),
    path("exchange/files/<uuid:uuid>/", files.order, name="console-exchange-file"),
    path("exchange/subscriptions/", subscriptions.subscription_list, name="console-exchange-subscriptions"),
    path("exchange/subscriptions/new/", subscriptions.new, name="console-exchange-subscription-new"),
    path("exchange/subscriptions/<uuid:uuid>/", subscriptions.subscription, name="console-exchange-subscription"),
    path("exchange/proxies/", proxies.proxy_list, name="console-exchange-proxies"),
    path("exchange/proxies/new/", proxies.new, name="console-exchange-proxy-new"),
    path("exchange/proxies/<int:pk>/", proxies.proxy, name="console-exchange-proxy"),
    path("exchange/recipients/", recipients.recipient_list, name="console-exchange-recipients"),
    path("exchange/recipients/<int:pk>/", recipients.recipient, name="console-exchange-recipient"),
    path("exchange/receipts/", receipts.receipt_list, name="console-exchange-receipts"),
    path("exchange/receipts/<int:pk>.json", receipts.receipt, name="console-exchange-receipt"),
]
