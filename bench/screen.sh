#!/bin/sh
# How long a program in a terminal takes until its screen shows something, and how much
# memory it has used by then:
#
#   bench/screen.sh 'PATTERN' [PATTERN]... -- plcscope tui plant.pcap
#   bench/screen.sh ' 1 .*TCP' -- termshark -r plant.pcap
#
# A line of the screen must fit the pattern (grep -E). It looks every 20 ms, so times are
# up to that much too long. tmux must be installed.
set -eu
patterns=
while [ "$1" != -- ]; do
	patterns="$patterns$1
"
	shift
done
shift
session=screen$$
trap 'tmux kill-session -t $session 2>/dev/null || true' EXIT
began=$(date +%s%N)
tmux new-session -d -s $session -x 160 -y 48 "$(printf '%s ' "$@")"
pane=$(tmux display-message -p -t $session '#{pane_pid}')
printf '%s' "$patterns" | while IFS= read -r p; do
	until tmux capture-pane -p -t $session 2>/dev/null | grep -Eq -- "$p"; do
		sleep 0.02
	done
	now=$(date +%s%N)
	peak=0
	for pid in $pane $(pgrep -P "$pane" || true); do
		kb=$(awk '/^VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null || echo 0)
		[ "${kb:-0}" -gt "$peak" ] && peak=$kb
	done
	printf '%6d ms  %4d MiB  %s\n' $(((now - began) / 1000000)) $((peak / 1024)) "$p"
done
