#!/usr/bin/env bash
# Tells which events of a stream were hard to expect, under what 1-stream-ingest.sh has kept from before them:
#   pipelines/3-unusual.sh stdout|slack SOURCE [options of rarebird pipe ingest]
# RAREBIRD_STORE and RAREBIRD_NAME are those of 1-stream-ingest.sh; RAREBIRD_UNUSUAL is auto, what all so seldom categories
# together bring about once a day (unless set), or FIRE:RECOVER, two probabilities (0.05:0.055 in the homework).
set -euo pipefail
. "$(dirname "$0")/jobs.sh"
export RAREBIRD_STORE="${RAREBIRD_STORE:-redis://127.0.0.1:6379/0}"
to="${1:?expected stdout or slack}"
shift

rarebird pipe ingest "$@" |
    rarebird pipe unusual ${RAREBIRD_UNUSUAL:+--unusual "$RAREBIRD_UNUSUAL"} |
    rarebird pipe push "$to" &
end_with %1
