#!/bin/sh
# Starts docker-compose.yml once, as a new installation beside whatever runs, and removes it again.
# It shows that the image builds and that every part starts and is healthy; no request is filed.
set -eu

docker compose version >/dev/null 2>&1 \
  || { echo "This needs a container engine: docker with Compose 2.24 or newer."; exit 1; }
docker version >/dev/null 2>&1 \
  || { echo "The container engine does not answer; start it, or set DOCKER_HOST."; exit 1; }

# An image of another name and no ports, so that an installation on this host is not touched.
image=privacy-request-engine:try
site=$(mktemp -d)
git archive HEAD | tar -x -C "$site"
cd "$site"
{
  echo "name: privacy-try"
  echo "services:"
  for service in postgres temporal temporal-ui; do
    echo "  $service: {ports: !reset []}"
  done
  for service in certificates temporal-namespace migrations worker gateway mail-intake operator; do
    echo "  $service: {image: \"$image\", ports: !reset []}"
  done
} >try.yml
export COMPOSE_FILE=docker-compose.yml:try.yml

leave() {
  [ ! -s .env ] || docker compose down --volumes
  docker image rm "$image" >/dev/null 2>&1 || true
  rm -rf "$site"
}
trap leave EXIT
trap 'exit 130' INT TERM

docker build --tag "$image" --file deploy/Dockerfile .
docker run --rm "$image" privacy setup secrets >.env
mkdir deploy/config
cp samples/business/datamap.yaml samples/providers/providers.yaml deploy/config
cat >deploy/providers.env <<VARIABLES
SAMPLE_WEBHOOK_URL=https://acme-analytics.example/directions
SAMPLE_WEBHOOK_SECRET=whsec_$(head -c 24 /dev/urandom | base64)
SAMPLE_MAILBOX_ADDRESS=privacy@postbird.example
VARIABLES

docker compose up --detach --no-build --wait --wait-timeout 300 \
  || { docker compose logs --tail 20; exit 1; }
docker compose run --rm -T operator privacy ledger verify
docker compose stop
docker compose ps --all --format 'table {{.Service}}\t{{.Status}}'
