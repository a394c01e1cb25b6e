#!/bin/sh
# A command shows no pages: without the sandbox of those it runs as root too, and where there are no
# user namespaces. The window has it, and is not for root.
program=/usr/lib/understudy/understudy
for argument in "$@"; do
  case $argument in
    --help | --version | [!-]*) exec "$program" --no-sandbox --no-zygote "$@" ;;
    --json | --data-dir=*) ;;
    --data-dir) exec "$program" --no-sandbox --no-zygote "$@" ;;
  esac
done
exec "$program" "$@"
