# shellcheck shell=bash
#
# Bulwark for bash scripts: source this file. It needs the command "bulwark", and nothing else.
#
#   bulwark_register NAME SECONDS [TITLE]   have this script watched; it is down when it is silent
#   bulwark_heartbeat NAME                  for twice as long as it said
#   bulwark_unregister NAME
#   bulwark_snapshot [PATH] [LABEL]         prints the id of the snapshot
#   bulwark_restore SNAPSHOT [FILE…]        nothing is asked; it can be undone
#   bulwark_undo [OPERATION]
#   bulwark_events [KIND…]                  one line of JSON each, until it is stopped
#
# Each returns 0 when it is done. Otherwise it says why on standard error, and returns what the
# command did (docs/cli.md, "Exit codes").

# What was registered, to do so again with an agent that was started meanwhile.
declare -A BULWARK_REGISTERED=()

bulwark_register() {
  local name=$1 seconds=$2 title=${3:-$1} params
  params=$(printf '{"name":%s,"program":%s,"spec":{"kind":"heartbeat","everyMs":%d,"title":%s}}' \
    "$(_bulwark_json "$name")" "$(_bulwark_json "${0##*/}")" "$((seconds * 1000))" \
    "$(_bulwark_json "$title")") || return 2
  _bulwark_ask call component/register "$params" > /dev/null || return
  BULWARK_REGISTERED[$name]=$params
}

bulwark_heartbeat() {
  local name=$1 id said status=0
  id=$(printf '{"id":%s}' "$(_bulwark_json "$name")")
  said=$(bulwark call component/heartbeat "$id" --json) || status=$?
  if [[ $status -ne 0 && $said == *'"reason":"component-unknown"'* &&
    -n ${BULWARK_REGISTERED[$name]:-} ]]; then
    _bulwark_ask call component/register "${BULWARK_REGISTERED[$name]}" > /dev/null &&
      _bulwark_ask call component/heartbeat "$id" > /dev/null
    return
  fi
  [[ $status -eq 0 ]] || printf '%s\n' "$said" >&2
  return "$status"
}

bulwark_unregister() {
  local name=$1
  unset "BULWARK_REGISTERED[$name]"
  _bulwark_ask call component/unregister "$(printf '{"id":%s}' "$(_bulwark_json "$name")")" > /dev/null
}

bulwark_snapshot() {
  local path=${1-.} said
  local -a label=()
  [[ -z ${2:-} ]] || label=(--label "$2")
  said=$(_bulwark_ask snapshot "$path" "${label[@]}") || return
  [[ $said =~ \"id\":\"([0-9a-f]+)\" ]] || return 1
  printf '%s\n' "${BASH_REMATCH[1]}"
}

bulwark_restore() {
  local snapshot=$1 path
  local -a paths=()
  shift
  for path in "$@"; do paths+=(--path "$path"); done
  _bulwark_ask restore "$snapshot" "${paths[@]}" --yes > /dev/null
}

bulwark_undo() {
  _bulwark_ask undo "$@" > /dev/null
}

bulwark_events() {
  local kind
  local -a kinds=()
  for kind in "$@"; do kinds+=(--kind "$kind"); done
  bulwark events "${kinds[@]}"
}

# The object that a command prints; where it failed, on standard error.
_bulwark_ask() {
  local said status=0
  said=$(bulwark "$@" --json) || status=$?
  if [[ $status -eq 0 ]]; then printf '%s\n' "$said"; else printf '%s\n' "$said" >&2; fi
  return "$status"
}

# Text in UTF-8 as a JSON string; control characters become spaces.
_bulwark_json() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//[[:cntrl:]]/ }"
}
