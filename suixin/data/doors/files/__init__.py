"""File exchange: each version of a granted resource as a package that only its receiver can open, fetched, acknowledged, gone.

models      whose key, which order, which package
ordering    register and end a receiver's key; order, pause, resume; ask for a package now
contents    what is in a package: rows as the plan shows them, dictionary, receipt
building    the package of a version, once for each grant and key
places      where packages lie, and how they go
receiving   the receiver's signed receipt closes the delivery
clearing    packages of ended grants, of tables whose rows must not lie about, and those past their time, go
serving     GET /packages/, GET /packages/{uuid}/file (parts, ETag), POST /packages/{uuid}/receipt
"""
