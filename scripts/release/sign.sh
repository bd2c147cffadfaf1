#!/usr/bin/env bash
# Signs the image, its bill of materials and the checksums of everything else, without a key: by the identity of the workflow.
# SIGN_WITH has other flags of cosign, such as `--key FILE`.
source "$(dirname "${BASH_SOURCE[0]}")/step.sh"
need IMAGE

digest=$(cat "$out/image-digest" 2>/dev/null || true)
if [[ -z $digest && ${DRY_RUN:-0} != 1 ]]; then
  echo "sign.sh: image.sh has left no digest in $out/image-digest" >&2
  exit 1
fi
reference="$IMAGE@${digest:-sha256:…}"
read -ra with <<<"--yes ${SIGN_WITH:-}"
publish cosign sign "${with[@]}" "$reference"
publish cosign attest "${with[@]}" --type cyclonedx --predicate "$out/plimsoll.cdx.json" "$reference"

(cd "$out" && sha256sum plimsoll[-.]* >SHA256SUMS)
publish cosign sign-blob "${with[@]}" --bundle "$out/SHA256SUMS.sigstore.json" "$out/SHA256SUMS"
