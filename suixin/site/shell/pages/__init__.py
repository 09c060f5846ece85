"""Views of the portal: they translate a request to a query and its answer to a page."""
