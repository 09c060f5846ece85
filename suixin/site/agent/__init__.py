"""The program on a department's front machine: reads there, keeps what it read sealed until the base has it, pushes.

Layout   settings (agent.toml, strict) → streams (tables and folders as parcels) → spool (SQLite, sealed, one file) → base
         (signed calls) → running (the loop); `reach` is all of Django it needs
Promise  a parcel is in the spool before it is sent and leaves it when the base has answered with its SM3; number and place
         move in the same transaction, so killed anywhere nothing is lost and nothing counts twice
Here     and not in `collection`: it is a program of its own with a file of settings, joined from collection's connectors
"""
