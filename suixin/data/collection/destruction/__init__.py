"""How data end: asked by one person, decided by another, carried out to the last place, certified (ADR 0018).

asking     who asks for what, on which basis; what is there is counted, nothing is done
deciding   the procedure's end: approved, so a job destroys; refused, so the value is forgotten
running    table by table, step by step, resumed where it was killed; then the certificate
places     what other modules keep of rows, told to be destroyed; registered in `site/wiring.py`
seeking    whether an original, of any format, holds a value
waiting    what collection itself keeps of rows beside the lake: drafts, pushed messages, places of feeds
certifying the signed certificate, and its check off line
retaining  how long rows are kept, and what is due
"""
