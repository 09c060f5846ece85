"""All items out and in: XLSX and JSON, judged cell by cell, good rows kept, the same file again changes nothing."""
