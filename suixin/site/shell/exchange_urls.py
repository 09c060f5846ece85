"""Addresses of exchange in the console, under `/console/exchange/`."""

from django.urls import path

from suixin.site.shell.pages.console.exchange import (
    landing,
    proxies,
    receipts,
    receivers,
    recipients,
    subscriptions,
    tables,
)

urlpatterns = [
    path("", landing.landing, name="console-exchange"),
    path("minutes.json", landing.minutes, name="console-exchange-minutes"),
    path("tables/", tables.exchange_list, name="console-exchange-tables"),
    path("tables/new/", tables.new, name="console-exchange-table-new"),
    path("tables/receivers/new/", receivers.new, name="console-exchange-receiver-new"),
    path("tables/receivers/<slug:slug>/", receivers.receiver, name="console-exchange-receiver"),
    path("tables/<uuid:uuid>/", tables.exchange, name="console-exchange-table"),
    path("subscriptions/", subscriptions.subscription_list, name="console-exchange-subscriptions"),
    path("subscriptions/new/", subscriptions.new, name="console-exchange-subscription-new"),
    path("subscriptions/<uuid:uuid>/", subscriptions.subscription, name="console-exchange-subscription"),
    path("proxies/", proxies.proxy_list, name="console-exchange-proxies"),
    path("proxies/new/", proxies.new, name="console-exchange-proxy-new"),
    path("proxies/<int:pk>/", proxies.proxy, name="console-exchange-proxy"),
    path("recipients/", recipients.recipient_list, name="console-exchange-recipients"),
    path("recipients/<int:pk>/", recipients.recipient, name="console-exchange-recipient"),
    path("receipts/", receipts.receipt_list, name="console-exchange-receipts"),
    path("receipts/<int:pk>.json", receipts.receipt, name="console-exchange-receipt"),
]
