#!/usr/bin/env bash
# Tells what is news in the mean gap, the entropy and the watched share of a stream that 1-stream-ingest.sh keeps:
#   pipelines/2-notify.sh stdout|slack [options of rarebird pipe detect]
# RAREBIRD_STORE and RAREBIRD_NAME are those of 1-stream-ingest.sh; RAREBIRD_POLL holds options of rarebird pipe poll
# (--preset meetup unless set). Ends when the stream is marked as ended.
set -euo pipefail
. "$(dirname "$0")/jobs.sh"
export RAREBIRD_STORE="${RAREBIRD_STORE:-redis://127.0.0.1:6379/0}"
to="${1:?expected stdout or slack}"
shift
read -ra poll <<<"${RAREBIRD_POLL---preset meetup}"

rarebird pipe average --past 1h | rarebird pipe detect "$@" | rarebird pipe push "$to" &
rarebird pipe poll --past 1h ${poll[@]+"${poll[@]}"} | rarebird pipe detect "$@" | rarebird pipe push "$to" &
end_with %1 %2
