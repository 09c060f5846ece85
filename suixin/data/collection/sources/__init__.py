"""Systems that data come from: one small plug-in a kind, all with the same face (`base.Connector`).

    connector = open_source(kind, address, options, secrets, allowed_hosts)
    with connector: connector.check(); connector.tables(); connector.columns(table); connector.read(reading)

Kinds    database (SQLAlchemy), http (JSON over HTTP), folder, sftp, s3 (files), push (what a system sends by itself)
Promise  read only, flat in memory, by addresses that the installation allows; whatever fails is a `SourceFault` with a
         sentence that says what to do
"""
