#!/usr/bin/env bash
# Writes the bill of materials of what the image carries: every package that is bundled, none that only builds or tests.
source "$(dirname "${BASH_SOURCE[0]}")/step.sh"

npm sbom --omit=dev --sbom-format=cyclonedx >"$out/plimsoll.cdx.json"
npm sbom --omit=dev --sbom-format=spdx >"$out/plimsoll.spdx.json"
echo "$out/plimsoll.cdx.json $out/plimsoll.spdx.json"
