#!/usr/bin/env bash
# Tells what is news in the mean gap, the entropy and the watched share of a stream that 1-stream-ingest.sh keeps, and
# what detectors find in it (incidents):
#   pipelines/2-notify.sh stdout|slack [options of rarebird pipe detect]
# RAREBIRD_STORE and RAREBIRD_NAME are those of 1-stream-ingest.sh; RAREBIRD_POLL holds options of rarebird pipe poll
# (--preset meetup unless set), RAREBIRD_DETECT those of rarebird pipe detect --store (--preset meetup unless set; off
# leaves incidents out). Ends when the stream is marked as ended.
set -euo pipefail
. "$(dirname "$0")/jobs.sh"
export RAREBIRD_STORE="${RAREBIRD_STORE:-redis://127.0.0.1:6379/0}"
to="${1:?expected stdout or slack}"
shift
read -ra poll <<<"${RAREBIRD_POLL---preset meetup}"
read -ra find <<<"${RAREBIRD_DETECT---preset meetup}"

rarebird pipe average --past 1h | rarebird pipe detect "$@" | rarebird pipe push "$to" &
rarebird pipe poll --past 1h ${poll[@]+"${poll[@]}"} | rarebird pipe detect "$@" | rarebird pipe push "$to" &
if [ "${find[*]-}" = off ]; then
    end_with %1 %2
fi
rarebird pipe detect --store "$RAREBIRD_STORE" --notify "$to" ${find[@]+"${find[@]}"} &
end_with %1 %2 %3
