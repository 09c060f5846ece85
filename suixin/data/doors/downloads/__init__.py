"""Files of whole resources through a plan: csv, xlsx, json, ndjson, xml, parquet, geojson.

`formats.offered(plan, snapshot)`  which formats there are
`rest.prepare(plan, …)`            build files at rest (once per version and plan, atomic rename)
`rest.describe(plan, …)`           [{format, url, size, sha256}] for the catalogue
`serve.download`                   the door: at rest with Range, else streamed at flat memory
"""
