# shellcheck shell=bash
# What the scripts beside this file have in common. To be sourced, not run.

# Exit codes, as deploy.sh --help tells them. Not every script uses each.
# shellcheck disable=SC2034
readonly WRONG_CALL=2 MISSING_TOOL=3 NOT_LOGGED_IN=4 WRONG_REGION=5 NAME_TAKEN=6 QUOTA=7 NO_RIGHT=8 WRONG_PACKAGE=9 NOT_READY=10 NOT_WELL=11 BUSY=12 NO_SECRET=13

dry_run=false

# What the one who calls should read, apart from what commands print.
say() { printf '%s\n' "$*" >&2; }

# fail CODE TEXT…: a line each.
fail() {
  local code=$1
  shift
  printf 'error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit "$code"
}

# A command, quoted so that a shell would take it.
shown() {
  local word line=''
  for word in "$@"; do
    case $word in
      '' | *[!A-Za-z0-9_./:=@,+%-]*) word="'${word//\'/\'\\\'\'}'" ;;
    esac
    line+="${line:+ }$word"
  done
  printf '%s' "$line"
}

# Runs a command, or prints it in a dry run. Each is printed before it runs, so that the output says where it stopped.
run() {
  if $dry_run; then
    printf '%s\n' "$(shown "$@")"
  else
    say "+ $(shown "$@")"
    "$@"
  fi
}

# ask STAND-IN COMMAND…: prints what the command answers; in a dry run the command goes to stderr and the stand-in is the answer.
ask() {
  local stand_in=$1
  shift
  if $dry_run; then
    shown "$@" >&3
    printf '\n' >&3
    printf '%s\n' "$stand_in"
  else
    "$@"
  fi
}

# Dry runs print commands on the real standard output even from within $(…).
exec 3>&1

need() {
  $dry_run || command -v "$1" >/dev/null || fail $MISSING_TOOL "$1 is not installed." "$2"
}

# Needs az, and somebody logged in.
need_azure() {
  need az 'Azure CLI: https://learn.microsoft.com/cli/azure/install-azure-cli'
  $dry_run && return
  az account show --output none 2>/dev/null || fail $NOT_LOGGED_IN 'nobody is logged in to Azure.' 'Run: az login'
}

# What Container Apps say when the identity that the app gets may not read a secret, or the image.
readonly no_access='(get value|fetch secret .*|pull image) using managed identity'

# az_or_explain COMMAND…: as run, but an error of Azure's is put into words, with a code of its own. Where it is that a new role does not work yet for
# what is deployed, it runs the command again: 20 times, 30 s apart.
az_or_explain() {
  local errors status try
  if $dry_run; then
    run "$@"
    return
  fi
  errors=$(mktemp)
  for ((try = 1; ; try++)); do
    status=0
    say "+ $(shown "$@")"
    { "$@" 2>&1 >&4 | tee "$errors" >&2; } 4>&1 || status=$?
    if [ "$status" -eq 0 ]; then break; fi
    if [ "$try" -eq 20 ] || ! grep -qiE "$no_access" "$errors"; then explain "$errors"; fi
    say "The service's identity has no access yet; roles take minutes to work."
    sleep 30
  done
  rm -f "$errors"
}

# explain FILE: what Azure's error means, and what to do. Never returns.
explain() {
  local text
  text=$(cat "$1")
  rm -f "$1"
  case $text in
    *StorageAccountAlreadyTaken* | *StorageAccountNameAlreadyTaken* | *"already taken"* | *VaultAlreadyExists* | *"Website with given name"*)
      fail $NAME_TAKEN 'a name is taken already, somewhere in Azure.' 'Names come from subscription, environment and region: choose another --environment.' ;;
    *FlagMustBeSetForRecovery* | *"exist in deleted state"* | *"deleted but recoverable"* | *"ConflictError"*deleted*)
      fail $NAME_TAKEN 'the key vault of this environment was deleted less than 30 days ago, and its name is kept until then.' \
        'Bring it back with: az keyvault recover --name NAME, as az keyvault list-deleted tells it, then run this again.' \
        'Or choose another --environment.' ;;
    *QuotaExceeded* | *SubscriptionIsOverQuotaForSku* | *InsufficientQuota* | *"exceeding approved"* | *"quota limit"* | *MaxStorageAccountsCountPerSubscriptionExceeded*)
      fail $QUOTA 'the subscription has used up its quota in this region.' \
        'Ask for more in the portal (Quotas), choose another --location, or delete what is not needed: az group list' ;;
    *LocationNotAvailableForResourceType* | *"not available in the location"* | *"not available for subscription in this region"*)
      fail $WRONG_REGION 'the region does not offer all that is needed.' 'Choose another --location.' ;;
    *roleAssignments/write* | *AuthorizationFailed*)
      fail $NO_RIGHT 'you may not do this in the subscription. Contributor is not enough: the templates assign roles.' \
        'You need Owner, or Contributor with Role Based Access Control Administrator; or set assignRoles = false in bicep/main.bicepparam' \
        'and have an administrator make the assignments in bicep/modules/access.bicep.' ;;
    *" using Managed identity"*)
      fail $NO_RIGHT "the service's identity can read its secrets in the vault, or its image, not yet or not at all." \
        'Look whether it has the roles in bicep/modules/access.bicep, and whether --registry names the registry of the image; then run this again.' ;;
    *DeploymentActive*)
      fail $BUSY 'an earlier deployment of this environment is still running.' 'Wait for it, or cancel it, then run this again; it goes on from where that one stopped.' ;;
    *)
      fail 1 'Azure refused; its own words are above.' 'What was made stays. Run this again once the cause is removed: it goes on from there.' ;;
  esac
}

# want OPTION VALUE…: the option has a value.
want() {
  [ -n "${2-}" ] || fail $WRONG_CALL "$1 wants a value. See --help."
}

check_environment() {
  [[ $1 =~ ^[a-z][a-z0-9-]{0,23}$ ]] || fail $WRONG_CALL "'$1' is no name for an environment: up to 24 of a-z, 0-9 and -, the first a letter."
}
