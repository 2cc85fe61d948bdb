# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
#
# What the benchmarks in this directory have in common.  A benchmark is a script
# that sets
#
#     name       its name
#     about      what it measures, a paragraph for the documentation
#     kernels    those it runs on by default
#     vm         options for tests/vm/run, an array
#     parts      names of what it may be asked to measure alone, an array (default:
#                none)
#     musts      names of figures without which it fails if they are above their
#                target, an array (default: none)
#
# defines guest(), which measures, and then sources this file.  The file boots a
# virtual machine per kernel, in which it runs guest() with $quick set to true or
# false.  guest() calls figure() for each result.  In the end there is a table for
# people and a line of JSON per figure (see tests/bench/report).

# Reports a result: figure NAME VALUE UNIT TARGET TEXT...  TARGET is the most that
# is acceptable, or "-".
figure()
{
    printf '=figure\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "${*:5}"
}

# Prints the expression $1 of awk, to $2 decimals.
calc()
{
    awk "BEGIN { printf \"%.${2:-0}f\", $1 }"
}

# Shows "$*" as progress.
note()
{
    printf '%s: %s\n' "$name" "$*" >&2
}

die()
{
    note "$*"
    exit 1
}

## In the virtual machine ##

# Is the part $1 to be measured?
wants()
{
    [ -z "$part" ] || [ "$part" = "$1" ]
}

# Gives the machine an Open vSwitch of its own below /run, with options "$@" for
# ovs-vswitchd.
# shellcheck disable=SC2119,SC2120  # Most benchmarks have none.
start_ovs()
{
    local seconds

    work=/run/bench
    mkdir -p $work
    export OVS_RUNDIR=$work OVS_LOGDIR=$work OVS_DBDIR=$work
    ovsdb-tool create $work/conf.db "$OVS_PKGDATADIR/vswitch.ovsschema"
    ovsdb-server -vconsole:off --detach --no-chdir --pidfile --log-file \
        --remote=punix:$work/db.sock $work/conf.db
    ovs-vsctl --no-wait init -- set Open_vSwitch . external_ids:hostname=node-1

    # Open vSwitch 3.1 finds no processor in the first ten seconds after boot.
    seconds=$(cut -d. -f1 /proc/uptime)
    [ "$seconds" -ge 12 ] || sleep $((12 - seconds))
    ovs-vswitchd -vconsole:off --detach --no-chdir --pidfile --log-file "$@" \
        "unix:$work/db.sock"
}

# Starts our daemon.
start_footprintd()
{
    "$build/plugin/ovs-footprintd" -vconsole:off --detach --no-chdir --pidfile \
        --log-file "unix:$work/db.sock"
}

stop_footprintd()
{
    local pid

    pid=$(cat "$work/ovs-footprintd.pid")
    ovs-appctl -t ovs-footprintd exit
    tail -s 0.1 --pid="$pid" -f /dev/null
}

# Adds a container $1 with address 10.0.0.$2 to the bridge $3: a network
# namespace, with one end of a veth pair in it, the other end being a port.
add_container()
{
    local mac

    mac=$(printf '02:00:00:00:00:%02x' "$2")
    ip netns add "$1"
    ip -n "$1" link set lo up
    ip link add "$1" type veth peer name eth0 netns "$1"
    ip -n "$1" link set eth0 address "$mac"
    ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
    sysctl -qw "net.ipv6.conf.$1.disable_ipv6=1"
    ip -n "$1" address add "10.0.0.$2/24" dev eth0
    ip -n "$1" link set eth0 up
    ip link set "$1" up
    ovs-vsctl add-port "$3" "$1" \
        -- set Interface "$1" external_ids:pod_namespace=bench \
            external_ids:pod_name="$1"
}

# Makes the bridge br0 with the containers pod1 and pod2, and pod3 behind a patch port
# to another bridge, which is what is beyond a node's uplink; has our daemon serve br0
# and ends it.  Its flows, which stay, are in the file $work/ours, which use the zones
# "${zones[@]}".
make_testbed()
{
    local peer ns

    modprobe openvswitch
    sysctl -qw net.netfilter.nf_conntrack_max=1000000
    sysctl -qw net.ipv6.conf.default.disable_ipv6=1
    start_ovs
    ovs-vsctl add-br br0 -- add-br br1 -- \
        add-port br0 up0 -- set Interface up0 type=patch options:peer=up1 -- \
        add-port br1 up1 -- set Interface up1 type=patch options:peer=up0
    add_container pod1 1 br0
    add_container pod2 2 br0
    add_container pod3 3 br1
    for peer in 1 2 3; do
        for ns in pod1 pod2 pod3; do
            ip -n $ns neigh replace 10.0.0.$peer dev eth0 nud permanent \
                lladdr 02:00:00:00:00:0$peer
        done
    done
    ovs-vsctl set Open_vSwitch . external_ids:footprint-bridges=br0 \
        external_ids:footprint-tracking=always external_ids:footprint-pipeline=inline
    start_footprintd
    zones=()
    for peer in pod1 pod2; do
        ovs-vsctl --timeout=60 wait-until Interface $peer \
            'external_ids:footprint-zone!=""'
        zones+=("$(ovs-vsctl get Interface $peer external_ids:footprint-zone |
                   tr -d '"')")
        wait_for has_flows "${zones[-1]}"
    done
    stop_footprintd
    dump_ours > "$work/ours"
}

# Prints how long the process whose ID is in the file $1 has been running on a
# processor, in nanoseconds, all threads together.
cpu_time()
{
    # mawk's %d ends at 2^31 - 1.
    cat "/proc/$(cat "$1")"/task/*/schedstat |
        awk '{ ns += $1 } END { printf "%.0f", ns }'
}

# Prints the number of our flows in br0.
count_ours()
{
    ovs-ofctl dump-aggregate br0 "cookie=$our_cookie" |
        sed -n 's/.*flow_count=//p'
}

our_cookie=0xf007941d00000000/0xffffffff00000000

dump_ours()
{
    ovs-ofctl --no-stats dump-flows br0 "cookie=$our_cookie" | grep actions=
}

has_flows()
{
    ovs-ofctl dump-flows br0 "cookie=$our_cookie" | grep -q "zone=$1"
}

# Replaces our flows in br0 with those in the file $1, if that is there.
use_flows()
{
    ovs-ofctl del-flows br0 "cookie=$our_cookie"
    [ ! -e "${1:-}" ] || ovs-ofctl add-flows br0 "$1"
}

# Counts what KIND of traffic from pod1 to $2, in $3 rounds of $4, costs, and
# stores it in $off and, if zones are given as "${@:5}", with the detector, in $on.
traffic()
{
    local options=() zone ns

    for zone in "${@:5}"; do
        options+=("--zone=$zone")
    done
    for ns in pod1 pod2 pod3; do
        ip netns exec $ns conntrack -F
    done > /dev/null 2>&1
    conntrack -F > /dev/null 2>&1
    "$build/tests/bench/count-traffic" "${options[@]}" "$1" pod1@10.0.0.1 \
        "$2@10.0.0.${2#pod}" "$4" "$3" > $work/traffic
    off=$(sed -n 's/^off //p' $work/traffic)
    on=$(sed -n 's/^on //p' $work/traffic)
}

# Adds containers $1 to $2, all in the namespace "pods": the ends e0 ... of the
# ports p0 ...
add_containers()
{
    local i address args=()

    if [ "$1" -eq 0 ]; then
        ip netns add pods
        ip netns exec pods sysctl -qw net.ipv6.conf.default.disable_ipv6=1
    fi
    for ((i = $1; i <= $2; i++)); do
        address=$((i ? i : 0xfffe))
        address=$(printf '02:00:00:00:%02x:%02x' $((address >> 8)) \
                         $((address & 255)))
        echo "link add p$i mtu 9000 type veth peer name e$i mtu 9000 netns pods"
        echo "link set p$i up"
        echo "link set e$i address $address up" >&3
    done > "$work/links" 3> "$work/ends"
    ip -batch "$work/links"
    ip -n pods -batch "$work/ends"
    for ((i = $1; i <= $2; i++)); do
        args+=(-- add-port br0 "p$i" -- set Interface "p$i"
               external_ids:pod_namespace=bench "external_ids:pod_name=pod$i")
        if ((${#args[@]} >= 2000 || i == $2)); then
            ovs-vsctl "${args[@]:1}"
            args=()
        fi
    done
}

# Waits until "$@" succeeds.
wait_for()
{
    local tries

    for ((tries = 0; tries < 600; tries++)); do
        ! "$@" || return 0
        sleep 0.1
    done
    die "waited in vain for: $*"
}

## On the host ##

usage()
{
    cat <<END
usage: tests/bench/$name [--quick] [--part NAME] [--kernel VERSION]...

$about

  --quick           a smoke run: few rounds, so that figures are less exact
  --part NAME       only one of: ${parts[*]:-(it has none)}
  --kernel VERSION  5.10, 6.1, 6.12 or 7.2 (default: ${kernels[*]})
  -h, --help        print this text

Needs a build: in \$BUILD_DIR, in the current directory, in the checkout, or in
_build/gcc or _build/demo there.
END
}

find_build()
{
    local dir

    for dir in "${BUILD_DIR:-}" "$PWD" "$top" "$top/_build/gcc" \
               "$top/_build/demo"; do
        if [ -n "$dir" ] && [ -x "$dir/plugin/ovs-footprintd" ]; then
            build=$(cd "$dir" && pwd -P)
            return
        fi
    done
    die "there is no build: run make, or set BUILD_DIR"
}

run_on()
{
    local kernel=$1 status

    "$top/tests/vm/run" --kernel "$kernel" --timeout "${timeout:-900}" \
        "${vm[@]}" --env PATH="$PATH" --env OVS_PKGDATADIR="$OVS_PKGDATADIR" \
        -- "$0" --guest "$build" "$quick" "$kernel" "$part" > "$results.vm"
    status=$?
    [ $status -eq 0 ] ||
        die "failed on $kernel (exit status $status): $(cat "$results.vm")"
    sed -n "s/^=figure/$kernel/p" "$results.vm" >> "$results"
}

# Fails if a figure among $musts is missing or above its target.
check_musts()
{
    local must

    for must in "${musts[@]}"; do
        awk -F '\t' -v must="$must" '
            $2 == must { n++; missed += $3 > $5 }
            END { exit !n || missed }' "$results" ||
            die "$must is above its target"
    done
}

host()
{
    local chosen=() kernel

    while [ $# -gt 0 ]; do
        case $1 in
        --quick) quick=true ;;
        --part)
            part=${2:?--part needs a name}
            [[ " ${parts[*]} " = *" $part "* ]] ||
                die "$part: no such part; there are: ${parts[*]:-none}"
            shift ;;
        --kernel) chosen+=("${2:?--kernel needs a version}"); shift ;;
        --about) echo "$about"; exit 0 ;;
        -h | --help) usage; exit 0 ;;
        *)  die "$1: unknown argument; --help says what there is" ;;
        esac
        shift
    done
    [ ${#chosen[@]} -eq 0 ] || kernels=("${chosen[@]}")
    : "${OVS_PKGDATADIR:=/usr/share/openvswitch}"
    find_build
    make -s -C "$build" bench-programs >&2 || die "the programs do not build"
    results=$(mktemp "${TMPDIR:-/tmp}/bench.XXXXXX")
    # shellcheck disable=SC2064
    trap "rm -f '$results' '$results.vm'" EXIT
    for kernel in "${kernels[@]}"; do
        run_on "$kernel"
    done
    "$top/tests/bench/report" "$name" < "$results"
    check_musts
}

set -u
[ -v musts ] || musts=()
[ -v parts ] || parts=()
quick=false
part=
top=$(cd "$(dirname "$0")/../.." && pwd -P)
if [ "${1:-}" = --guest ]; then
    set -Ee
    trap 'note "line $LINENO: $BASH_COMMAND failed"' ERR
    export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    build=$2
    quick=$3
    kernel=$4
    part=$5
    guest
else
    host "$@"
fi
