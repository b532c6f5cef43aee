#!/usr/bin/env bash
# Deploys RemoteLog to Azure: infrastructure, secrets, code; waits until it is ready and tries it. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source-path=SCRIPTDIR source=common.sh
. infra/common.sh

help() {
  cat <<'HELP'
usage: infra/deploy.sh [options]

Deploys RemoteLog to Azure, or updates what is there. It

  1. checks that the tools are there, that you are logged in, and that the region will do;
  2. builds the package: a Functions app that brings its own .NET, for Linux on x64;
  3. shows what would change (what-if), and asks;
  4. deploys what the service needs (bicep/), makes the secrets that are missing, deploys the service, which refers to them, and publishes the code;
  5. waits until the service is ready, and tries it with `remotelog doctor`;
  6. says what there is, and what it costs while idle.

It can be run again at any time: after a failure it goes on from where that left off, and what is there already stays as it is.

options
  -e, --environment NAME   the environment; default $AZURE_ENV_NAME, or dev. Its resource group is rg-NAME
  -l, --location REGION    default $AZURE_LOCATION, or westeurope
  -s, --subscription ID    default: the one that az account show tells
      --image IMAGE        run this container image on Container Apps, instead of the package on Functions
      --registry NAME      the container registry in the resource group that it comes from; default: the image is public
      --package FILE       publish this package instead of building one
      --code-only          leave the infrastructure as it is; needs no right to assign roles
      --infrastructure-only
                           infrastructure and secrets, no code
      --prepare            only what the service needs and its secrets, without asking: for azd, before it deploys the service
      --skip-what-if       do not show what would change
  -y, --yes                do not ask
  -n, --dry-run            print every command, run none
  -h, --help

environment
  REMOTELOG_ALERT_EMAIL    who hears of alerts
  REMOTELOG_MONTHLY_BUDGET the amount a month at which the budget speaks up
  Everything else is a parameter of bicep/main.bicep, to be set in bicep/main.bicepparam.

exit codes
  2 wrong call            5 region without Flex Consumption   8 no right to do it     11 the doctor found a fault
  3 a tool is missing     6 a name is taken                   9 the package is wrong  12 another deployment is running
  4 not logged in         7 quota used up                    10 never became ready    13 a secret is missing
  1 anything else

examples
  infra/deploy.sh --dry-run                                  what would it do?
  infra/deploy.sh -e try -l westeurope                       a first try; infra/destroy.sh -e try removes it
  infra/deploy.sh -e prod --yes --skip-what-if               in a pipeline, after its own what-if
  infra/deploy.sh -e prod --code-only --package old.zip      roll back
HELP
}

environment=${AZURE_ENV_NAME:-dev} location=${AZURE_LOCATION:-westeurope} subscription=${AZURE_SUBSCRIPTION_ID:-}
image=${REMOTELOG_IMAGE:-} registry=${REMOTELOG_REGISTRY:-} package='' what_if=true asks=true infrastructure=true code=true prepare_only=false
while [ $# -gt 0 ]; do
  case $1 in
    -e | --environment) want "$@" && environment=$2 && shift ;;
    -l | --location) want "$@" && location=$2 && shift ;;
    -s | --subscription) want "$@" && subscription=$2 && shift ;;
    --image) want "$@" && image=$2 && shift ;;
    --registry) want "$@" && registry=$2 && shift ;;
    --package) want "$@" && package=$2 && shift ;;
    --code-only) infrastructure=false ;;
    --infrastructure-only) code=false ;;
    --prepare) prepare_only=true code=false ;;
    --skip-what-if) what_if=false ;;
    -y | --yes) asks=false ;;
    -n | --dry-run) dry_run=true ;;
    -h | --help) help && exit 0 ;;
    *) fail $WRONG_CALL "$1 is unknown. See --help." ;;
  esac
  shift
done
check_environment "$environment"
$infrastructure || $code || fail $WRONG_CALL '--code-only leaves nothing to do for --infrastructure-only or --prepare.'
[ -z "$image" ] || [ -z "$package" ] || fail $WRONG_CALL '--image and --package exclude each other.'
location=$(printf '%s' "$location" | tr -d ' ' | tr '[:upper:]' '[:lower:]')

# bicep/main.bicepparam reads these.
export AZURE_ENV_NAME=$environment AZURE_LOCATION=$location REMOTELOG_IMAGE=$image REMOTELOG_REGISTRY=$registry
deployment="remotelog-$environment"
template=(--location "$location" --template-file bicep/main.bicep --parameters bicep/main.bicepparam)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 1. Whatever can be known before anything is made.
check() {
  need_azure
  if $code; then
    need curl 'It asks the service whether it is ready.'
    need dotnet '.NET SDK 10: https://dotnet.microsoft.com/download'
  fi
  [ -z "$subscription" ] || run az account set --subscription "$subscription"

  if [ -z "${AZURE_PRINCIPAL_TYPE:-}" ]; then
    local who
    who=$(ask user az account show --query user.type --output tsv)
    if [ "$who" = servicePrincipal ]; then export AZURE_PRINCIPAL_TYPE=ServicePrincipal; fi
  fi
  if $infrastructure && [ -z "$image" ]; then
    local regions
    regions=$(ask "$location" az functionapp list-flexconsumption-locations --query '[].name' --output tsv | tr -d ' ' | tr '[:upper:]' '[:lower:]')
    grep -qx "$location" <<<"$regions" || fail $WRONG_REGION "'$location' offers no Flex Consumption plan, which the Functions app needs." \
      "These do: $(tr '\n' ' ' <<<"$regions")" 'Choose one with --location, or run on Container Apps with --image.'
  fi
}

# 2. Built before anything is deployed: what cannot be built need not be deployed for.
build() {
  if [ -z "$package" ]; then
    package=artifacts/remotelog.zip
    run mkdir -p artifacts
    run dotnet msbuild infra/package.proj -nologo -t:Make "-p:Package=$package" || fail $WRONG_PACKAGE 'the package could not be built.'
  elif ! $dry_run && [ ! -f "$package" ]; then
    fail $WRONG_PACKAGE "there is no package at $package."
  fi
  run dotnet msbuild infra/package.proj -nologo -t:Check "-p:Package=$package" \
    || fail $WRONG_PACKAGE "$package is not what the Functions host can start; why is said above." 'Leave out --package to build one.'
}

# 3. and 4. Infrastructure.
provision() {
  if $what_if; then
    az_or_explain az deployment sub what-if "${template[@]}" --name "$deployment"
    if $asks && ! $dry_run; then
      local answer=''
      [ -t 0 ] || say 'Nobody is there to ask: use --yes.'
      read -r -p "Deploy this to $location? [y/N] " answer || true
      [[ $answer =~ ^[yY] ]] || fail 1 'nothing was deployed.'
    fi
  fi
  prepare
  az_or_explain az deployment sub create "${template[@]}" --name "$deployment" --output none
}

# output NAME [DEPLOYMENT]: what a deployment tells. Everything else goes by it.
output() {
  ask "<$1>" az deployment sub show --name "${2:-$deployment}" --query "properties.outputs.$1.value" --output tsv
}

# All but the service, then its secrets: Azure refuses a container app that refers to a secret which is not there. Under a name of its own, so that what
# the last deployment of the service told stays known where this one goes no further.
prepare() {
  local base="$deployment.base" secrets
  az_or_explain az deployment sub create "${template[@]}" --name "$base" --parameters withService=false --output none
  vault=$(output AZURE_KEY_VAULT_NAME "$base")
  secrets=$(output AZURE_KEY_VAULT_SECRETS "$base")
  infra/secrets.sh "${dry_option[@]}" --vault "$vault" ${secrets:+--expect "$secrets"} >&3
}

read_outputs() {
  # azd names its deployments otherwise, but hands their outputs on in the environment.
  group=${AZURE_RESOURCE_GROUP:-} vault=${AZURE_KEY_VAULT_NAME:-} app=${SERVICE_API_NAME:-} app_id=${SERVICE_API_ID:-}
  uri=${SERVICE_API_URI:-} cdn=${CONTENT_DELIVERY_URI:-} insights=${APPLICATION_INSIGHTS_ID:-}
  if $infrastructure || [ -z "$app" ]; then
    group=$(output AZURE_RESOURCE_GROUP)
    vault=$(output AZURE_KEY_VAULT_NAME)
    app=$(output SERVICE_API_NAME)
    app_id=$(output SERVICE_API_ID)
    uri=$(output SERVICE_API_URI)
    cdn=$(output CONTENT_DELIVERY_URI)
    insights=$(output APPLICATION_INSIGHTS_ID)
  fi
  [ -n "$app$uri" ] || fail 1 "the deployment $deployment tells of no app." 'Run this without --code-only first.'
}

publish() {
  az_or_explain az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src "$package" --output none
}

# 5. New roles take minutes to work, and the first start loads everything: 60 looks, 5 s apart.
await_ready() {
  local look status=''
  if $dry_run; then
    run curl --silent --max-time 30 "$uri/api/health/ready"
    return
  fi
  say "Waiting for $uri/api/health/ready"
  for ((look = 1; look <= 60; look++)); do
    status=$(curl --silent --max-time 30 --output "$work/answer" --write-out '%{http_code}' "$uri/api/health/ready") || status='no answer'
    [ "$status" = 200 ] && return
    sleep 5
  done
  say "The last answer was: $status"
  [ ! -s "$work/answer" ] || { head -c 2000 "$work/answer" >&2 && say ''; }
  show_lines
  fail $NOT_READY 'the service did not become ready within five minutes.' \
    'The lines above are what it logged; Azure shows them up to five minutes late. infra/README.md#not-ready lists the usual causes.'
}

# The lines that matter: warnings, errors and what kept the service from starting, without the host's own news.
show_lines() {
  local query='union (traces | where severityLevel >= 2 or message has "cannot start"), (exceptions | project timestamp, message = outerMessage)
    | where timestamp > ago(30m) | order by timestamp asc | project strcat(format_datetime(timestamp, "HH:mm:ss"), " ", message) | take 40'
  if [ -n "$image" ]; then
    az containerapp logs show --name "$app" --resource-group "$group" --tail 40 >&2 || true
    return
  fi
  az rest --method post --resource https://api.applicationinsights.io \
    --url "https://api.applicationinsights.io/v1/apps/$insights/query" \
    --body "{\"query\": \"$(tr '\n' ' ' <<<"${query//\"/\\\"}")\"}" --query 'tables[0].rows[].[0]' --output tsv >&2 \
    || say 'Its log could not be read.'
}

try_it() {
  run dotnet run --configuration Release --project src/RemoteLog.Cli -- doctor "$uri" || fail $NOT_WELL 'the doctor found a fault; what to do is said above.'
}

# 6. What there is now.
report() {
  run az resource list --resource-group "$group" --query '[].[type, name]' --output tsv
  ! $dry_run || return 0
  cat >&2 <<REPORT

RemoteLog is at $uri${cdn:+, through Front Door at $cdn}
The resource group $group has what is listed above. While idle it costs, by list prices of 2026 in US dollars a month, about:
   0.00  compute: on Functions nothing runs (with --image about 13 for the replica that always does)
   0.10  storage operations: the Functions host looks at its queues
   3.00  alerts: six log queries, one metric, and one more for each storage account
and, where there is any: 0.02 for each GB kept, 2.50 for each GB of log lines beyond 5,
80 for the private network, 35 for Front Door, 21 for each instance that is always ready.
Remove all of it: infra/destroy.sh --environment $environment
REPORT
}

check
dry_option=()
! $dry_run || dry_option=(--dry-run)
if $prepare_only; then
  prepare
  exit
fi
[ -n "$image" ] || ! $code || build
! $infrastructure || provision
read_outputs
if $code; then
  $infrastructure || infra/secrets.sh "${dry_option[@]}" --vault "$vault" --app "$app_id" >&3
  [ -n "$image" ] || publish
  await_ready
  try_it
fi
report
