#!/bin/bash
# Everything that must pass, from a bare clone, as root. The last line is "N passed, N failed"; each check has its log in build/test.
#
#   ci/test                 all of it
#   ci/test PATTERN...      only the checks whose name matches a shell pattern, as in: ci/test 'suite-*'
#
# A real engine that cannot be had is said loudly and is no failure: the machine lacks it, not the project.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
top=$PWD
logs=$top/build/test
mkdir -p "$logs"
passed=0 failed=0 skipped=0
wanted=("$@")
SKIP=77 # what a check ends with when it could not be made here

is_wanted() {
    local pattern
    [ ${#wanted[@]} -eq 0 ] && return 0
    for pattern in "${wanted[@]}"; do
        # shellcheck disable=SC2053 # a pattern is meant
        [[ $1 == $pattern ]] && return 0
    done
    return 1
}

# check NAME COMMAND WORD...: runs it into its log, says how it went.
check() {
    local name=$1 start=$SECONDS status
    shift
    is_wanted "$name" || return 0
    [ -t 1 ] && printf '...   %s\r' "$name"
    "$@" </dev/null >"$logs/$name.log" 2>&1
    status=$?
    if [ $status -eq 0 ]; then
        passed=$((passed + 1))
        printf 'ok    %-28s %3d s\n' "$name" $((SECONDS - start))
    elif [ $status -eq $SKIP ]; then
        skipped=$((skipped + 1))
        printf 'SKIP  %-28s %s\n' "$name" "$(tail -n 1 "$logs/$name.log")"
    else
        failed=$((failed + 1))
        printf 'FAIL  %-28s %3d s, status %d; the end of build/test/%s.log:\n' "$name" $((SECONDS - start)) $status "$name"
        tail -n 30 "$logs/$name.log" | sed 's/^/      /'
    fi
    return 0
}

# --- the source ---

formatted() {
    git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror
}

shell_scripts() {
    git ls-files ci .ci conformance/tests | xargs grep -lE '^#!/bin/(ba)?sh' | xargs shellcheck -S warning
}

# --- units and the suite's own tests ---

units() { # PRESET LABEL
    ctest --test-dir "build/$1" -L "$2" --output-on-failure --no-tests=error -j 2
}

# --- the suite on an engine ---

# A case that fails is asked once more, alone: what then holds is told as unsteady, what fails again is a failure.
plimsoll() { # BUILD HOST NAME OPTION...
    local build=$1 host=$2 name=$3 status id again=()
    shift 3
    "build/$build/bin/plimsoll" run --host "$host" --fixtures "build/$build/fixtures" \
        --report json="$logs/$name.json" --report junit="$logs/$name.xml" "$@"
    status=$?
    [ $status -eq 1 ] || return $status
    while read -r id; do
        again+=(--select "$id")
        echo "UNSTEADY or broken: $id"
    done < <(jq -r '.cases[] | select(.verdict | . != "pass" and . != "not-applicable") | .name' "$logs/$name.json" | sort -u)
    "build/$build/bin/plimsoll" run --host "$host" --fixtures "build/$build/fixtures" "$@" -j 1 "${again[@]}"
}

# on_reference BUILD NAME WRAP OPTION...: starts it, runs the suite, ends it. What it wrote of errors is part of the verdict.
on_reference() {
    local build=$1 name=$2 wrap=$3 state host status
    shift 3
    state=$(mktemp -d "/var/tmp/plimsoll-$name.XXXXXX")
    host=$(ci/reference up --build "$top/build/$build" --wrap "$wrap" "$state") || return 1
    plimsoll release "$host" "$name" --strict --same-host "$@"
    status=$?
    ci/reference down "$state" || status=1
    if grep -E 'ERROR: (Address|Leak|Undefined|Thread)Sanitizer|runtime error:|WARNING: ThreadSanitizer' "$state/engined.log"; then
        status=1
    fi
    cp "$state/engined.log" "$logs/$name.engined.log"
    if mount | grep -F "$state"; then
        echo "mounts are left below $state"
        status=1
    else
        rm -rf --one-file-system "$state"
    fi
    return $status
}

# The daemon under memcheck; its children are silent between fork and exec, and are not followed. A definite leak counts as an
# error. The suite takes many times its time then, so each day has its turn of a sixth of it; PLIMSOLL_VALGRIND_SHARD=1/1
# runs it whole. A megabyte of log lines alone takes memcheck longer than a case waits.
MEMCHECK="valgrind --child-silent-after-fork=yes --leak-check=full --show-leak-kinds=definite
    --errors-for-leak-kinds=definite --num-callers=30 --suppressions=ci/valgrind.supp"

on_valgrind() { # NAME
    local name=$1 shard=${PLIMSOLL_VALGRIND_SHARD:-$((10#$(date +%j) % 6 + 1))/6} status
    echo "shard $shard"
    on_reference dev "$name" "$(tr -d '\n' <<<"$MEMCHECK")" --timeout 120 -j 4 --shard "$shard" --skip big_output_is_whole
    status=$?
    if ! grep -F 'ERROR SUMMARY: 0 errors' "$logs/$name.engined.log"; then
        echo "memcheck found errors, or could not say its last word:"
        grep -E '^(==|--)[0-9]+(==|--)' "$logs/$name.engined.log" | grep -v 'unhandled amd64-linux syscall' | tail -n 200
        status=1
    fi
    return $status
}

on_real() { # ENGINE
    local engine=$1 host
    if ! ci/engines up "$engine" >"$logs/$engine.up" 2>&1; then
        cat "$logs/$engine.up"
        echo "$engine cannot be had on this machine"
        return $SKIP
    fi
    host=$(sed -n "s/^$engine //p" "$logs/$engine.up")
    plimsoll release "$host" "suite-$engine" -j 4
}

echo "ci/test: installing and building; then the checks"

check layers ci/check-layers
check clauses ci/check-clauses
check formatted formatted
check shell shell_scripts
check fixtures ci/check-fixtures
check units units release unit
check units-asan units asan unit
check root-asan units asan root
check suite-itself units release suite
check suite-reference on_reference release suite-reference ""
check suite-reference-asan on_reference asan suite-reference-asan "" --timeout 60
check suite-reference-valgrind on_valgrind suite-reference-valgrind
check survive ci/tests/survive_test build/release
check data-root ci/tests/data_root_test build/release
check engines ci/tests/engines_test
for engine in docker-20.10 docker-28.5; do
    check "suite-$engine" on_real "$engine"
done

echo "logs: build/test"
[ $skipped -eq 0 ] || echo "$skipped could not be checked on this machine; see SKIP above"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
