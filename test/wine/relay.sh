# relay.sh FOLDER COMMAND…: a program for Windows cannot write to the pipes of this system. It writes to
# files in FOLDER, and what comes into these is passed on.
folder=$1
shift
output=$(mktemp -p "$folder")
errors=$(mktemp -p "$folder")
"$@" </dev/null >"$output" 2>"$errors" &
program=$!
tail -f -n +1 -s 0.1 --pid=$program "$output" &
tail -f -n +1 -s 0.1 --pid=$program "$errors" >&2 &
wait $program
status=$?
# The last of it, too.
wait
rm "$output" "$errors"
exit $status
