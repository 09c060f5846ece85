"""Subscriptions: changes of a resource, as a grant shows them, sent to an address of the receiver by signed messages."""
