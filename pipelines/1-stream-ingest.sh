#!/usr/bin/env bash
# Keeps the gaps and the categories of a stream in a store, until the stream ends:
#   pipelines/1-stream-ingest.sh SOURCE [options of rarebird pipe ingest]
# RAREBIRD_STORE is where (redis://127.0.0.1:6379/0 unless set), RAREBIRD_NAME what the stream is called there,
# RAREBIRD_KEEP how much event time is kept second by second (2h unless set).
set -euo pipefail
. "$(dirname "$0")/jobs.sh"
export RAREBIRD_STORE="${RAREBIRD_STORE:-redis://127.0.0.1:6379/0}"
keep=(--keep "${RAREBIRD_KEEP:-2h}")

# A shell neither waits for process substitutions nor knows how they end: their output, read to its end, tells both.
ingest() {
    trap : HUP INT TERM # waits for the last words of the stages, which get the signal, too
    local failed
    failed=$(
        rarebird pipe ingest "$@" | tee \
            >({ rarebird pipe gaps | rarebird pipe insert-gaps "${keep[@]}"; } || echo insert-gaps) \
            >(rarebird pipe insert-distribution "${keep[@]}" || echo insert-distribution) \
            >/dev/null
    )
    if [ -n "$failed" ]; then
        echo "1-stream-ingest: failed: ${failed//$'\n'/, }" >&2
        return 1
    fi
}
ingest "$@" &
end_with %1
