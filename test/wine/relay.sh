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
# Now and then wine does not let Electron go, which has left its last loop and has nothing more to do: its
# threads wait for each other. Ten seconds after that it is ended.
(
  lastMs=10000
  while [ $lastMs -gt 0 ] && kill -0 $program 2>/dev/null; do
    if grep -q '^Debugger ending' "$errors"; then lastMs=$((lastMs - 200)); fi
    sleep 0.2
  done
  [ $lastMs -gt 0 ] || kill -KILL $program 2>/dev/null
) &
wait $program
status=$?
# The last of it, too.
wait
rm "$output" "$errors"
exit $status
