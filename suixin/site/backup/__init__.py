"""Backup and restore of a whole installation at one instant.

Layout of a backup (a folder, or the same inside one `.tar.zst`)
    manifest.json     every file with its size and SM3, rows per table, migrations, versions of the lake, app version
    manifest.sig      SM3 and signatures of the manifest, parameters of the passphrase's derivation
    database/*.jsonl.zst  one file per table, engine-neutral, by the model states of the recorded migrations
    lake/...          exactly the files of the pinned versions, originals, rejects
    home/...          what else lies in SUIXIN_HOME: access log, audit archive, anchors
    keys.sealed       the folder `keys`, under the passphrase
Order   home files → one database transaction (rows, pins of the lake) → lake files → keys. An anchor is therefore never
        newer than the rows it covers, and a key never older than what it sealed.
"""
