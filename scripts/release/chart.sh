#!/usr/bin/env bash
# Packs the chart, and pushes it to CHARTS (oci://host/path).
source "$(dirname "${BASH_SOURCE[0]}")/step.sh"
need CHARTS VERSION

helm package manifests/chart --destination "$out"
publish helm push "$out/plimsoll-$VERSION.tgz" "$CHARTS"
