#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# test.sh [unit|conformance|apps|install|static|vm|packages]... [--kernel 6.1|6.12|debug]... [--soak]
#
# Runs every test, or the parts named, and ends with one line:
#     N passed, N failed, N skipped
#
#   unit         core, OS layer and SDK, under ASan+UBSan and under TSan
#   conformance  the suite at the ABI on the embedded engine: plain, ASan+UBSan, TSan
#   apps         the programs and the examples, as a person would run them
#   install      other projects use the library as installed
#   vm           the kernel module in virtual machines (all kernels, or --kernel)
#   static       compilers' and checkers' opinions: clang build, clang-tidy, sparse, headers, documentation
#   packages     Debian packages, built and used; only when named, or with --soak, for it
#                compiles everything once more
#
# --soak adds the long runs: on each host ten minutes of traffic, and ten of random
# control operations while packets flow; in virtual machines TCP through a host-ring
# bridge, five minutes each way.
# Exit status: 0 all passed, 1 something failed, 2 wrong usage.
set -euo pipefail
cd "$(dirname "$0")"
PATH=$PATH:/usr/sbin # ip, for the guests

usage() {
	sed -n '4,21s/^# \{0,1\}//p' "$0"
}

parts=() kernels=() soak=''
while [ $# -gt 0 ]; do
	case $1 in
	unit | conformance | apps | install | static | vm | packages) parts+=("$1") ;;
	--kernel)
		case ${2-} in
		6.1 | 6.12 | debug) kernels+=("$2") && shift ;;
		*) echo "test.sh: --kernel takes 6.1, 6.12 or debug" >&2 && exit 2 ;;
		esac
		;;
	--soak) soak=yes ;;
	-h | --help) usage && exit 0 ;;
	*)
		echo "test.sh: unknown argument $1" >&2
		usage >&2
		exit 2
		;;
	esac
	shift
done
[ ${#parts[@]} -gt 0 ] || parts=(unit conformance apps install static vm ${soak:+packages})
[ ${#kernels[@]} -gt 0 ] || kernels=(6.1 6.12 debug)

scripts/install-packages.sh
logs=build/test-logs
mkdir -p "$logs"
passed=0 failed=0 skipped=0

wants() {
	local p
	for p in "${parts[@]}"; do [ "$p" = "$1" ] && return 0; done
	return 1
}

# report NAME STATUS LOG: adds up what the log's closing line says; a run
# without one counts as one test.
report() {
	local name=$1 status=$2 log=$3 p=0 f=0 s=0 line
	if line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -1) && [ -n "$line" ]; then
		read -r p _ f _ s _ <<<"$line"
	elif grep -aq '^\[  PASSED  \]' "$log"; then
		p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -1)
		f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -1)
		s=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) test.*/\1/p' "$log" | tail -1)
	elif [ "$status" -eq 0 ]; then
		p=1
	fi
	if [ "$status" -ne 0 ] && [ "${f:-0}" -eq 0 ]; then f=1; fi
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
	if [ "${f:-0}" -gt 0 ]; then
		echo "FAILED  $name: ${p:-0} passed, ${f:-0} failed, ${s:-0} skipped; the end of $log:"
		grep -aE '^not ok|Failure|FAILED|error:|ERROR|WARNING|BUG' "$log" | head -40 || true
		tail -n 40 "$log"
	else
		echo "ok      $name: ${p:-0} passed, ${f:-0} failed, ${s:-0} skipped (${SECONDS}s)"
	fi
}

# run NAME COMMAND...
run() {
	local name=$1 log status=0
	log=$logs/${name//[^A-Za-z0-9.+-]/_}.log
	shift
	SECONDS=0
	"$@" >"$log" 2>&1 </dev/null || status=$?
	report "$name" "$status" "$log"
	return 0
}

built=' ' broken=' '
# build PRESET: what the tests of that preset need, once; a failed build fails.
build() {
	case $built in *" $1 "*) return 0 ;; esac
	case $broken in *" $1 "*) return 1 ;; esac
	local log=$logs/build-$1.log targets=()
	case $1 in
	asan)
		targets=(core_tests user_tests user_engine_tests compat_tests sdk_tests sdk_live_tests asio_tests docs_snippets
			conformance apps_tests)
		;;
	tsan)
		targets=(core_tests user_tests user_engine_tests compat_tests sdk_tests sdk_live_tests asio_tests conformance)
		;;
	release)
		targets=(conformance sdk_live_tests asio_tests nm_open_test nm_open_test_cxx corpus compat_tests apps_tests
			nm-pktgen nm-bridge nm-ctl nm-capture nm-bench)
		;;
	clang) targets=(netmapxx netmapxx_compat netmapxx_preload nm-pktgen nm-bridge nm-ctl nm-capture nm-bench) ;;
	esac
	[ "$1" != release ] || targets+=(examples)
	SECONDS=0
	# said anew each time: quickstart.sh configures a release without tests
	local all=(-DNETMAPXX_BUILD_TESTS=ON)
	[ "$1" = asan ] || [ "$1" = tsan ] || all+=(-DNETMAPXX_BUILD_BENCH=ON)
	if ! { cmake --preset "$1" "${all[@]}" && cmake --build --preset "$1" --target "${targets[@]}"; } >"$log" 2>&1; then
		echo "FAILED  build of preset $1:"
		grep -E 'error|FAILED' "$log" | head -20
		failed=$((failed + 1))
		broken+="$1 "
		return 1
	fi
	built+="$1 "
	echo "built   $1 (${SECONDS}s)"
}

test_unit() {
	local preset t
	for preset in asan tsan; do
		build $preset || continue
		for t in core/core user/user user/user_engine sdk/sdk asio/asio; do
			run "unit ${t#*/} ($preset)" "build/$preset/tests/unit/${t}_tests"
		done
		run "unit compat ($preset)" env NETMAPXX_BACKEND=embedded "build/$preset/tests/unit/compat/compat_tests"
		[ $preset = tsan ] ||
			run "examples of the documentation ($preset)" "build/$preset/tests/docs/snippets/docs_snippets"
		run "sdk on the engine ($preset)" "build/$preset/tests/unit/sdk/sdk_live_tests"
	done
	if [ -n "$soak" ] && build release; then
		run "sdk soak" env NETMAPXX_SOAK_SECONDS=600 build/release/tests/unit/sdk/sdk_live_tests '--gtest_filter=*S51*'
	fi
}

# A program that knows /dev/netmap alone, on the embedded engine.
preload=$PWD/build/release/sdk/compat/libnetmapxx-preload.so
on_engine() {
	env NETMAPXX_BACKEND=embedded LD_PRELOAD="$preload" "$@"
}

test_conformance() {
	local preset
	for preset in release asan tsan; do
		build $preset || continue
		run "conformance embedded ($preset)" "build/$preset/tests/conformance/conformance" --host=embedded
	done
	if build release; then
		run "programs of old times (C)" on_engine build/release/tests/legacy/nm_open_test
		run "programs of old times (C++)" on_engine build/release/tests/legacy/nm_open_test_cxx
		run "programs of the classic kind, unchanged" tests/legacy/corpus/run.sh \
			build/release/tests/legacy/corpus/programs "$preload"
		run "C library (release)" env NETMAPXX_BACKEND=embedded build/release/tests/unit/compat/compat_tests
	fi
	if [ -n "$soak" ] && build release; then
		run "conformance soak embedded" env NETMAPXX_SOAK_SECONDS=600 \
			build/release/tests/conformance/conformance --host=embedded '--gtest_filter=Stress.D62_four_ports*'
		run "conformance storm embedded" env NETMAPXX_SOAK_SECONDS=600 \
			build/release/tests/conformance/conformance --host=embedded '--gtest_filter=Storm.soak*'
	fi
}

test_apps() {
	build release || return 0
	run "programs in one process" build/release/tests/apps/apps_tests
	run "programs on the command line" tests/apps/cli_test.sh build/release/apps/nm-{pktgen,bridge,ctl,capture}
	run "examples" tests/examples/run.sh build/release/examples
	build asan || return 0
	run "programs in one process (asan)" build/asan/tests/apps/apps_tests
}

test_install() {
	run "the library as installed" tests/install/run.sh
}

test_packages() {
	run "Debian packages" tests/install/debs.sh
}

test_static() {
	build clang || true
	run "public headers, alone, pedantic" scripts/check-headers.sh
	run "clang-tidy has nothing to say of the SDK" scripts/check-tidy.sh
	run "core: no system headers, no #ifdef on a system" scripts/check-house.sh
	run "every observable check has its test" scripts/check-coverage.sh
	run "every defect of old has its test" scripts/check-regressions.sh
	run "documentation, no warnings" scripts/build-docs.sh
	run "the guide, as a reader follows it" tests/docs/guide.sh
	run "every point of the SDK's acceptance list has its test" scripts/check-acceptance.sh
	run "sparse 6.1" tests/vm/build-module.sh 6.1 build/vm/sparse-6.1 --sparse
	run "sparse 6.12" tests/vm/build-module.sh 6.12 build/vm/sparse-6.12 --sparse
}

# guest KERNEL JOB [ARGUMENT OF run.sh]...
guest() {
	local kernel=$1 job=$2
	shift 2
	run "vm $kernel $job" tests/vm/run.sh --kernel "$kernel" --job "tests/vm/jobs/$job.sh" \
		--add "build/vm/$kernel/netmap.ko:/lib/modules-under-test/netmap.ko" "$@"
}

# kinds KERNEL: --module arguments for the kinds of interfaces that the kernel has as modules.
kinds() {
	local m all=(veth dummy e1000)
	[ "$1" = debug ] || all+=(llc stp bridge tls bonding macvlan sch_plug tun)
	for m in "${all[@]}"; do printf -- '--module %s ' "$m"; done
}

# corpus_files FOLDER: --add arguments for the programs of the classic kind.
corpus_files() {
	local f
	for f in tests/legacy/corpus/run.sh tests/legacy/corpus/*.expected; do
		printf -- '--add %s:/tests/corpus/%s ' "$f" "$(basename "$f")"
		case $f in *.expected) ;; *) continue ;; esac
		f=$(basename "$f" .expected)
		printf -- '--add %s:/tests/programs/%s ' "$1/tests/legacy/corpus/programs/$f" "$f" \
			"$1/tests/legacy/corpus/programs/${f}_cxx" "${f}_cxx"
	done
}

# added_examples DIRECTORY: --add arguments for all of them.
added_examples() {
	local source name
	for source in examples/*.cpp; do
		name=$(basename -s .cpp "$source")
		printf -- '--add %s:/tests/%s ' "$1/$name" "$name"
	done
}

# Two NICs on one wire.
nics="-netdev hubport,hubid=1,id=h0 -netdev hubport,hubid=1,id=h1 -device e1000,netdev=h0 -device e1000,netdev=h1"

# tcp KERNEL [ARGUMENT OF run.sh]...: TCP of the host through a host-ring bridge.
tcp() {
	local kernel=$1
	shift
	guest "$kernel" host_tcp --module veth --add "build/release/apps/nm-bridge:/tests/nm-bridge" \
		--add "$(command -v iperf3):/tests/iperf3" --add "$(command -v ip):/tests/ip" "$@"
}

test_vm() {
	local k flags bin=build/release
	build release || return 0
	for k in "${kernels[@]}"; do
		run "module builds for $k" tests/vm/build-module.sh "$k" "build/vm/$k"
		[ -e "build/vm/$k/netmap.ko" ] || continue
		# shellcheck disable=SC2046
		guest "$k" conformance $(kinds "$k") --qemu-args "$nics" --add "$bin/tests/conformance/conformance:/tests/conformance" \
			--env NETMAPXX_SLOW=1
		# shellcheck disable=SC2046
		guest "$k" nm_open --add "$bin/tests/legacy/nm_open_test:/tests/nm_open_test" \
			--add "$bin/tests/legacy/nm_open_test_cxx:/tests/nm_open_test_cxx" \
			--add "$bin/tests/unit/compat/compat_tests:/tests/compat_tests" $(corpus_files "$bin")
		guest "$k" asio --add "$bin/tests/unit/asio/asio_tests:/tests/asio_tests"
		guest "$k" sdk --module veth --add "$bin/tests/unit/sdk/sdk_live_tests:/tests/sdk_live_tests" --env NETMAPXX_SLOW=1
		guest "$k" module --module veth --add "$bin/apps/nm-pktgen:/tests/nm-pktgen"
		guest "$k" apps --add "$bin/apps/nm-pktgen:/tests/nm-pktgen" --add "$bin/apps/nm-bridge:/tests/nm-bridge" \
			--add "$bin/apps/nm-ctl:/tests/nm-ctl" --add "$bin/apps/nm-capture:/tests/nm-capture"
		# shellcheck disable=SC2046
		guest "$k" examples --module veth --add "$bin/apps/nm-ctl:/tests/nm-ctl" \
			--add "$(command -v ip):/tests/ip" $(added_examples "$bin/examples")
		tcp "$k" --env TCP_BRIDGE=--offloads --env TCP_SECONDS=1 --env TCP_ROUNDS=1 --env TCP_SOAK_SECONDS=4
		if [ -n "$soak" ]; then
			for flags in '' --offloads; do
				tcp "$k" --timeout 1500 --env "TCP_BRIDGE=$flags" --env TCP_SOAK_SECONDS=300
			done
			guest "$k" conformance --timeout 1500 --env NETMAPXX_SOAK_SECONDS=600 --env "CONFORMANCE_ARGS=--gtest_filter=Stress.D62_four_ports*" \
				--add "$bin/tests/conformance/conformance:/tests/conformance"
			guest "$k" conformance --timeout 1500 --module veth --env NETMAPXX_SLOW=1 --env NETMAPXX_SOAK_SECONDS=600 \
				--env "CONFORMANCE_ARGS=--gtest_filter=Storm.soak*" --add "$bin/tests/conformance/conformance:/tests/conformance"
		fi
	done
}

for p in unit conformance apps install static packages vm; do
	if wants $p; then "test_$p"; fi
done
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
