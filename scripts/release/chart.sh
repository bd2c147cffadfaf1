#!/usr/bin/env bash
# Packs the chart, and pushes it to CHARTS (oci://host/path). Its alerts lead to the runbooks of this release where SOURCE,
# the address of this repository, is set.
source "$(dirname "${BASH_SOURCE[0]}")/step.sh"
need CHARTS VERSION

chart=$(mktemp -d)
trap 'rm -rf "$chart"' EXIT
cp -RL manifests/chart/. "$chart"
if [[ -n ${SOURCE:-} ]]; then
  sed -i "s#^\( *runbookBase:\) ''\$#\1 $SOURCE/blob/v$VERSION#" "$chart/values.yaml"
  grep -q "runbookBase: $SOURCE" "$chart/values.yaml" || {
    echo "chart.sh: values.yaml has no place for the address of the runbooks" >&2
    exit 1
  }
fi
helm package "$chart" --destination "$out"
publish helm push "$out/plimsoll-$VERSION.tgz" "$CHARTS"
