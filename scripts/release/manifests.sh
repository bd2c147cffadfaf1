#!/usr/bin/env bash
# Renders what people apply, with the image by its digest where image.sh has left one.
source "$(dirname "${BASH_SOURCE[0]}")/step.sh"
need IMAGE VERSION

digest=$(cat "$out/image-digest" 2>/dev/null || true)
reference="$IMAGE:$VERSION${digest:+@$digest}"
for overlay in base overlays/ha overlays/read-only; do
  file="$out/plimsoll-$(basename "$overlay").yaml"
  kubectl kustomize "manifests/$overlay" | sed "s#image: plimsoll:$VERSION\$#image: $reference#" >"$file"
  grep -q "image: $reference\$" "$file" || {
    echo "manifests.sh: $file does not name $reference" >&2
    exit 1
  }
done
kubectl kustomize crds >"$out/plimsoll-crds.yaml"
ls "$out"/*.yaml
