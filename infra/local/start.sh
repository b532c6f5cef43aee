#!/usr/bin/env bash
# Runs RemoteLog on this machine as it runs on Azure: on the storage emulator. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

help() {
  cat <<'HELP'
usage: infra/local/start.sh [--port N] [--keep FOLDER] [SETTINGS…]

Starts Azurite, the emulator of Azure storage, and the service on it, and stops both on Ctrl+C. Needs Node.js 20 with npm, and the .NET SDK.

  --port N       the emulator listens on N, N+1 and N+2; default 10000
  --keep FOLDER  keep what is stored in this folder; default: it is gone in the end
  -h, --help
  SETTINGS       go to the service: --urls http://127.0.0.1:7072 --Pages:Entries 10

Then, in another terminal:
  dotnet run --project src/RemoteLog.Cli -- append notes "Hello"
HELP
}

port=10000 keep=''
while [ $# -gt 0 ]; do
  case $1 in
    --port) port=$2 && shift 2 ;;
    --keep) keep=$2 && shift 2 ;;
    -h | --help) help && exit 0 ;;
    *) break ;;
  esac
done

for tool in node npm dotnet; do
  command -v $tool >/dev/null || { echo "error: $tool is not installed." >&2 && exit 3; }
done
[ -d tests/azurite/node_modules/azurite ] || (cd tests/azurite && npm ci --no-audit --no-fund)

where=(--inMemoryPersistence)
[ -z "$keep" ] || where=(--location "$keep")
node tests/azurite/node_modules/azurite/dist/src/azurite.js --silent --skipApiVersionCheck --disableTelemetry "${where[@]}" \
  --blobHost 127.0.0.1 --queueHost 127.0.0.1 --tableHost 127.0.0.1 --blobPort "$port" --queuePort $((port + 1)) --tablePort $((port + 2)) &
azurite=$!
trap 'kill "$azurite" 2>/dev/null || true' EXIT

at() { printf 'http://127.0.0.1:%s/devstoreaccount1' $((port + $1)); }
for ((look = 1; ; look++)); do
  kill -0 "$azurite" 2>/dev/null || { echo "error: the emulator did not start; is port $port free? Choose another with --port." >&2 && exit 1; }
  if (: <"/dev/tcp/127.0.0.1/$((port + 2))") 2>/dev/null; then break; fi
  [ "$look" -lt 100 ] || { echo 'error: the emulator does not answer.' >&2 && exit 1; }
  sleep 0.2
done
dotnet run --project src/RemoteLog.Functions -- \
  --Storage:Accounts "AccountName=devstoreaccount1;BlobEndpoint=$(at 0);QueueEndpoint=$(at 1);TableEndpoint=$(at 2)" "$@"
