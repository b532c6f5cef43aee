#!/usr/bin/env bash
# Makes the secrets that the service cannot be without, where the vault lacks them; or a new one. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source-path=SCRIPTDIR source=common.sh
. infra/common.sh

# Names in the vault, and what is made for each. Secrets that others give out, such as push credentials, are not made but set by hand.
secrets=(
  receipts-key:p256
  operator-key:random
  devices-key:base64
  vapid-key:p256
  mirror-key:secp256k1
)

help() {
  cat <<'HELP'
usage: infra/secrets.sh --vault NAME [--app ID] [options]

Makes each secret that the vault lacks:
  receipts-key   the P-256 key that signs receipts
  operator-key   by which operators are known
  devices-key    seals where devices' hints go
  vapid-key      the P-256 key that browsers' subscriptions are bound to
  mirror-key     the secp256k1 key that publishes logs on Swarm; the app is given it where Swarm is set
Those that are there stay as they are. No secret is printed, and none is an argument of a command.

options
      --vault NAME     the key vault
      --app ID         resource id of the app, which is told to read its secrets anew; else it does so within a day
      --rotate SECRET  make this one anew, whether it is there or not
      --expect NAMES   fail where one of these is neither there nor made here; spaces between
  -n, --dry-run        print every command, run none
  -h, --help

What others give out goes in by hand, from a file, never as an argument:
  az keyvault secret set --vault-name NAME --name SECRET --file FILE --encoding utf-8
HELP
}

vault='' app='' rotate='' expected=''
while [ $# -gt 0 ]; do
  case $1 in
    --vault) want "$@" && vault=$2 && shift ;;
    --app) want "$@" && app=$2 && shift ;;
    --rotate) want "$@" && rotate=$2 && shift ;;
    --expect) want "$@" && expected=$2 && shift ;;
    -n | --dry-run) dry_run=true ;;
    -h | --help) help && exit 0 ;;
    *) fail $WRONG_CALL "$1 is unknown. See --help." ;;
  esac
  shift
done
[ -n "$vault" ] || fail $WRONG_CALL 'which vault? See --help.'
[ -z "$rotate" ] || [[ " ${secrets[*]} " == *" $rotate:"* ]] || fail $WRONG_CALL "$rotate is none of those made here: ${secrets[*]%%:*}."
need_azure
need openssl 'It makes keys.'

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Right after the first deployment the role that lets us in takes minutes to work: 30 tries, 10 s apart.
present() {
  local try
  for ((try = 1; ; try++)); do
    if ask '' az keyvault secret list --vault-name "$vault" --query '[].name' --output tsv 2>"$work/error"; then return; fi
    if [ "$try" -eq 30 ] || ! grep -q 'Forbidden' "$work/error"; then
      cat "$work/error" >&2
      fail $NO_RIGHT "the secrets of $vault cannot be listed." 'You need the role Key Vault Secrets Officer on it.'
    fi
    say "No access to $vault yet; roles take minutes to work."
    sleep 10
  done
}

make() {
  case $1 in
    p256) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 ;;
    secp256k1) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 ;;
    base64) openssl rand -base64 32 | tr -d '\n' ;;
    random) openssl rand -hex 32 | tr -d '\n' ;;
  esac
}

names=$(present)
made=false
for secret in "${secrets[@]}"; do
  name=${secret%%:*}
  if [ "$name" = "$rotate" ] || { [ -z "$rotate" ] && ! grep -qx "$name" <<<"$names"; }; then
    $dry_run || make "${secret#*:}" >"$work/secret"
    run az keyvault secret set --vault-name "$vault" --name "$name" --file "$($dry_run && echo '<file>' || echo "$work/secret")" --encoding utf-8 --output none
    made=true
  fi
done

# Those that others give out.
for name in $expected; do
  $dry_run || grep -qx "$name" <<<"$names" || [[ " ${secrets[*]} " == *" $name:"* ]] \
    || fail $NO_SECRET "$vault lacks $name, which bicep/main.bicepparam names." \
      "Put it in: az keyvault secret set --vault-name $vault --name $name --file FILE --encoding utf-8" 'Or take it out of param secrets. Then run this again.'
done

# References to secrets are read at the start and once a day. A container reads them when it starts.
if $made && [ -n "$app" ]; then
  case $app in
    */containerApps/*) say 'New replicas read the new secrets; deploy again or restart the revision to have them now.' ;;
    *) run az rest --method post --url "$app/config/configreferences/appsettings/refresh?api-version=2024-11-01" --output none ;;
  esac
fi
