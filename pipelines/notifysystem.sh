#!/usr/bin/env bash
# The homework's name for 2-notify.sh, which tells Slack unless another channel is named:
#   pipelines/notifysystem.sh [stdout|slack] [options of rarebird pipe detect]
set -euo pipefail
exec "$(dirname "$0")/2-notify.sh" "${1:-slack}" "${@:2}"
