#!/usr/bin/env bash
# Tells what is news in the mean gap, the entropy and the watched share of a stream that 1-stream-ingest.sh keeps:
#   pipelines/2-notify.sh stdout|slack [options of rarebird pipe detect]
# RAREBIRD_STORE and RAREBIRD_NAME are those of 1-stream-ingest.sh; RAREBIRD_POLL holds options of rarebird pipe poll
# (--preset meetup unless set). Ends when the stream is marked as ended.
set -euo pipefail
set -m # each pipeline is a job, so that a signal ends all of its stages
export RAREBIRD_STORE="${RAREBIRD_STORE:-redis://127.0.0.1:6379/0}"
to="${1:?expected stdout or slack}"
shift
read -ra poll <<<"${RAREBIRD_POLL---preset meetup}"

rarebird pipe average --past 1h | rarebird pipe detect "$@" | rarebird pipe push "$to" &
rarebird pipe poll --past 1h ${poll[@]+"${poll[@]}"} | rarebird pipe detect "$@" | rarebird pipe push "$to" &
trap 'kill %1 %2 2>/dev/null || true' INT TERM
status=0
for each in %1 %2; do
    code=0
    wait "$each" || code=$?
    [ "$status" -ne 0 ] || status=$code
done
exit "$status"
