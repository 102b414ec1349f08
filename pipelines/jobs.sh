# Sourced by the pipelines: a job is a pipeline that runs in the background, and a signal to the script ends all stages of
# all jobs, each with its last words.
set -m # each job is a process group, which a signal can reach
signalled=0
hand_on() {
    signalled=$1
    local job
    for job in $(jobs -p); do kill -TERM -- "-$job" 2>/dev/null || true; done
}
trap 'hand_on 129' HUP
trap 'hand_on 130' INT
trap 'hand_on 143' TERM

# Waits for the jobs that are named, and ends the script as the first of them that failed, or by the signal that came.
end_with() {
    local job code status=0
    for job in "$@"; do
        code=0
        wait "$job" || code=$?
        # A signal ends the waiting, not the job.
        while kill -0 "$job" 2>/dev/null; do
            code=0
            wait "$job" || code=$?
        done
        [ "$status" -ne 0 ] || status=$code
    done
    [ "$signalled" -eq 0 ] || status=$signalled
    exit "$status"
}
