"""What follows from a contract, as bytes or plain values: pure functions, nothing is read or written.

    facts = Facts(title="路灯名录", provider="市城管局")
    xlsx_template.template(contract, facts)     # a workbook to fill in; readers know it again
    table_schema.schema(contract)               # Frictionless Table Schema; ddl(contract, "postgres")
    openapi_of.document(contract, facts, doors) # OpenAPI 3.1 of the resource's own interfaces
    dictionary.docx(contract, facts)            # data dictionary; pdf(contract, facts)
    sample_rows.rows(contract, 20, seed=1)      # synthetic rows that the contract accepts
"""
