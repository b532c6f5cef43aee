#!/usr/bin/env bash
# Deletes a deployment with all its logs. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source-path=SCRIPTDIR source=common.sh
. infra/common.sh

help() {
  cat <<'HELP'
usage: infra/destroy.sh [options]

Deletes an environment: the resource group with the service, its logs, its secrets and all that was measured. Nothing brings the logs back; devices that
still hold their own can append them to a new deployment. It shows what is there, and asks for the name of the environment.

options
  -e, --environment NAME   the environment; default $AZURE_ENV_NAME, or dev
  -s, --subscription ID    default: the one that az account show tells
      --unlock             also where the data is protected by locks (protectData)
  -y, --yes                do not ask
  -n, --dry-run            print every command, run none
  -h, --help

The key vault can be brought back for 30 days (az keyvault recover), and its name stays taken for as long.
HELP
}

environment=${AZURE_ENV_NAME:-dev} subscription=${AZURE_SUBSCRIPTION_ID:-} unlock=false asks=true
while [ $# -gt 0 ]; do
  case $1 in
    -e | --environment) want "$@" && environment=$2 && shift ;;
    -s | --subscription) want "$@" && subscription=$2 && shift ;;
    --unlock) unlock=true ;;
    -y | --yes) asks=false ;;
    -n | --dry-run) dry_run=true ;;
    -h | --help) help && exit 0 ;;
    *) fail $WRONG_CALL "$1 is unknown. See --help." ;;
  esac
  shift
done
check_environment "$environment"
group="rg-$environment"
need_azure
[ -z "$subscription" ] || run az account set --subscription "$subscription"

if [ "$(ask true az group exists --name "$group")" != true ]; then
  say "There is no resource group $group, so nothing to delete."
  exit 0
fi
run az resource list --resource-group "$group" --query '[].[type, name]' --output tsv
locks=$(ask '<lock>' az lock list --resource-group "$group" --query '[].id' --output tsv)
if [ -n "$locks" ] && ! $unlock && ! $dry_run; then
  fail 1 "the data of $environment is protected against this." 'Add --unlock if you mean it.'
fi

if $asks && ! $dry_run; then
  read -r -p "All of this and every log in it will be gone. Type the name of the environment to go on: " answer || answer=''
  [ "$answer" = "$environment" ] || fail 1 'nothing was deleted.'
fi
if [ -n "$locks" ] && $unlock; then
  while read -r lock; do run az lock delete --ids "$lock"; done <<<"$locks"
fi
az_or_explain az group delete --name "$group" --yes
run az deployment sub delete --name "remotelog-$environment" || true
run az deployment sub delete --name "remotelog-$environment.base" || true
$dry_run || say "$environment is gone. Its key vault can be brought back for 30 days: az keyvault list-deleted"
