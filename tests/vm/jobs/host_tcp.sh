# SPDX-License-Identifier: BSD-2-Clause
#
# TCP of the host stack through a host-ring bridge (nm-bridge between an interface and its host rings), with all
# offloads on, against the same connection without netmap. The interface is one end of a veth pair whose other end is
# in a namespace of its own. Prints
#
#     TCP <to|from> bare=<Mbit/s> bridged=<Mbit/s> ratio=<bridged/bare>
#
# TCP_BRIDGE: options of the bridge. TCP_SECONDS: of each measurement. TCP_SOAK_SECONDS: how long one connection is then kept busy each way, on the bridge.
. /tests/guest-lib.sh

seconds=${TCP_SECONDS:-5}
soak=${TCP_SOAK_SECONDS:-20}
rounds=${TCP_ROUNDS:-3}

serve() { # the server answers one client after another
	/tests/ip netns exec far /tests/iperf3 -s >/tmp/server.out 2>&1 </dev/null &
	server=$!
}

bridge_up() {
	# shellcheck disable=SC2086
	start_port bridge /tests/nm-bridge $TCP_BRIDGE -i netmap:near -i netmap:near^ || return 1
	bridge=$pid
}
bridge_down() {
	kill -TERM "$bridge"
	ends_with 0 20 "$bridge" bridge
}

# Mbit/s of a connection over $1 seconds, to the far end or from it.
throughput() { # SECONDS to|from
	lib_way=
	[ "$2" = to ] || lib_way=-R
	# shellcheck disable=SC2086
	/tests/iperf3 -c 10.9.0.2 -t "$1" -J $lib_way >/tmp/iperf.json 2>/tmp/iperf.err || {
		tail -n 20 /tmp/iperf.json /tmp/iperf.err >&2
		return 1
	}
	# what arrived, whole run
	sed -n '/"sum_received"/,/}/s/.*"bits_per_second":[^0-9]*\([0-9.e+]*\).*/\1/p' /tmp/iperf.json | tail -n 1 |
		awk '{ printf "%.1f\n", $1 / 1e6 }'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

compare() { # to|from
	: >/tmp/bare
	: >/tmp/bridged
	i=0
	while [ $i -lt "$rounds" ]; do
		throughput "$seconds" "$1" >>/tmp/bare || return 1
		bridge_up || return 1
		throughput "$seconds" "$1" >>/tmp/bridged || return 1
		bridge_down || return 1
		i=$((i + 1))
	done
	awk -v way="$1" -v a="$(median </tmp/bare)" -v b="$(median </tmp/bridged)" 'BEGIN {
		printf "TCP %s bare=%s bridged=%s ratio=%.3f\n", way, a, b, a ? b / a : 0 }' >"/tmp/result.$1"
	expect "Mbit/s through the bridge" "$(median </tmp/bridged | cut -d. -f1)" -gt 0
}

# One connection each way that must live: iperf3 fails when it breaks or when nothing arrives.
lasts() { # to|from
	bridge_up || return 1
	throughput "$soak" "$1" >/tmp/soaked || return 1
	bridge_down || return 1
	echo "TCP $1 lasted ${soak} s at $(cat /tmp/soaked) Mbit/s" >"/tmp/lasted.$1"
}

t "module loads" load_module || finish
t "a pair of interfaces" far_pair || finish
serve
wait_for 10 /tests/iperf3 -c 10.9.0.2 -t 1 || finish
for way in to from; do
	t "TCP $way the far end, with and without the bridge" compare $way && cat "/tmp/result.$way"
done
for way in to from; do
	t "TCP $way the far end for $soak s" lasts $way && cat "/tmp/lasted.$way"
done
kill "$server"
t "nobody has the interface open any more" wait_for 10 module_refcount_is 0
if have_kmemleak; then t "no leak while loaded" kmemleak_clean; fi
t "module unloads" unload_module
finish
