"""A department's own HTTP interface, called through the gateway: registered, checked, approved by a second person.

models     which resource is answered by which source (`collection.Source`: address, sealed credentials), under which conditions
actions    register, check, decide, stop
calling    one call: judged address, time limit, breaker, few at once, no redirect, no second try
filtering  what came as records of the contract: unknown members dropped, types checked, then shown as the plan shows them
serving    GET or POST /gateway/{resource}/proxy
"""
