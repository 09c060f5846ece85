"""What the product had before doors multiplied and returns no row of a resource, with the reason."""

from tests.proof.registry import named, no_rows

no_rows("hands the request on; what it hands it to is declared itself", "front _django", "front application_or_none")
no_rows("reads what is left of a body and writes nothing", "front _take_rest")
no_rows("counts and states of the process", "front probes.answer_or_none")
no_rows("entries of the catalogue, never rows", "front catalogue_lean.answer_or_none")
no_rows("public pages of guides, entries and what is found: texts, never rows", "front pages_lean.answer_or_none")
no_rows(
    "rows come in; the answer holds counts and digests", "lean /api/v1/push/*", "lean /api/v1/agent/*", "lean /api/v1/agent/*/*/*",
    "lean /api/v1/cascade/*",
)
no_rows(
    "descriptions of the interface", "page api-v1:openapi-json", "page api-v1:api-root", "page developers", "page help",
)
no_rows(
    "entries of the catalogue, their versions, changes and code sets: no data",
    *named("api", (
        "search_catalogue list_entries propose_entry revise_proposal list_versions show_version compare_versions show_impact"
        " list_code_sets propose_change show_change revise_change drop_change submit_change list_all_code_sets show_code_set"
        " list_changes propose_entries submit_proposal withdraw_entry list_datasets list_my_resources")),
    *named("page", (
        "catalogue catalogue-atom oembed console-resources console-resource-new console-catalogue-exchange console-catalogue-lists"
        " console-catalogue-lists-file console-catalogue-template console-catalogue-file console-catalogue-import console-demands"
        " console-demand-new console-demand-file console-demand console-systems console-systems-file console-system-new"
        " console-system console-system-edit console-sources console-source console-duplicates console-change console-proposal")),
)
no_rows(
    "code sets, elements and mappings: standards, not data",
    *named("page", (
        "console-standards console-code-set-new console-code-set console-code-set-version console-code-set-file console-element"
        " console-mappings console-mapping")),
)
no_rows(
    "who one is, and one's own account, sessions, tokens and messages", "api show_me", "api take_receipts",
    *named("page", (
        "console-account console-account-confirm console-account-password console-account-sessions-end console-account-totp"
        " console-account-passkey console-account-codes console-account-factor-remove console-account-tokens"
        " console-account-token-revoke console-account-notices console-notices console-notices-read console-outbox"
        " console-outbox-retry console-acting console-login console-login-passkey console-login-second console-login-password"
        " console-login-enrol console-login-next console-logout login login-start login-back logout me me-signins me-end-sessions"
        " me-close me-firms me-act me-agency")),
)
no_rows(
    "steps, cases and work orders of flows; the cells of a finding are shown to the department that provides them",
    *named("page", (
        "console-home console-step console-step-form console-cases console-case console-started console-late console-league"
        " console-league-file console-delegations console-orders console-order-new console-order-find console-order"
        " console-procedures console-procedure-new console-procedure console-procedure-edit console-procedure-simulate"
        " console-procedure-bpmn console-procedure-yaml console-calendar")),
)
no_rows(
    "a doubt shows its asker what he himself wrote, as his plan showed it, and the provider its own row",
    "page me-doubts", "page console-doubts",
)
no_rows(
    "forms and the answers of who filled them in, not rows of a resource",
    *named("page", (
        "console-forms console-form-drafts console-form-submission console-form console-file console-upload console-upload-job")),
)
no_rows(
    "counts, scores and rules of quality, no cell",
    *named("page", (
        "console-quality console-quality-department console-quality-trend console-reports console-report console-report-paper"
        " console-rule-library console-receipt-key")),
)
no_rows(
    "how data arrive: sources, feeds, runs and their faults, shown to who keeps them",
    *named("page", (
        "console-data-sources console-data-source-new console-data-source console-data-source-edit console-data-source-move"
        " console-data-source-feed-new console-feed console-feed-edit console-feed-move console-feed-drift console-feed-run")),
)
no_rows(
    "grants, applications, logs and people: who may, who did; a log holds names of columns and counts, never values",
    *named("page", (
        "console-grants console-grant-new console-grant console-applications console-application-new console-application"
        " console-application-rotate console-application-revoke console-keys console-audit console-audit-mine console-audit-verify"
        " console-audit-export console-audit-record console-access console-people console-person-new console-people-import"
        " console-people-template console-person console-person-steps console-organisations console-organisation-new"
        " console-organisation console-roles me-traces me-traces-file console-destructions console-destruction-new"
        " console-destruction console-destruction-certificate")),
)
no_rows(
    "how the installation runs",
    *named("page", "console-jobs console-job console-settings console-compliance console-health"),
)
no_rows("outlines of divisions, public", "page city-outlines")
no_rows("indicators: declared SQL over the public's own grants, a number for each period", "page indicator", "page indicator-chart")
no_rows(
    "run by the operator on the machine: it brings rows in and prints counts and reasons", "command collect", "command feed run",
    "command standards bring", "command demo", "command agent run", "command agent check", "command agent init", "command agent status",
)
no_rows(
    "lists of things, states, digests and figures; no row",
    *named("command", (
        "feed list, source list, source check, standards list, audit seal, audit accept-restore, audit archive, "
        "audit verify, check, radar, search, keys list, keys rotate, keys retire, keys bring-back, keys destroy, "
        "keys reseal, reseal, notify, procedure check, procedure publish, procedure export, appoint, migrate, serve, "
        "cascade identity, cascade introduce, cascade register, cascade approve, cascade connect, cascade offer, cascade accept, "
        "cascade direct, cascade account, cascade accept-keys, cascade refuse-keys, cascade tell-keys, cascade status, cascade reconcile, "
        "cascade resume, "
        "worker, bench, shots, receipt export, receipt key, receipt verify"
    ), ", "),
)
no_rows("a proof that holds digests of rows, and the one row that its asker already holds in a file", "command receipt prove")
no_rows("writes what a contract generates; samples are made up", "command generate")
no_rows("a client of the gateway: what it prints came through the lookup door", "command call")
no_rows("copies of the whole installation for its operator, who holds its disk anyway", "command backup", "command restore")
no_rows("Django's own commands, for the operator who holds the database anyway", "command manage")
