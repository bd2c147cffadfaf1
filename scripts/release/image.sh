#!/usr/bin/env bash
# Builds the image for both architectures, pushes it as IMAGE:VERSION, and leaves its digest in image-digest. SOURCE, where it
# is set, is the address of this repository.
source "$(dirname "${BASH_SOURCE[0]}")/step.sh"
need IMAGE VERSION

publish docker buildx build \
  --platform linux/amd64,linux/arm64 \
  --build-arg "VERSION=$VERSION" \
  --build-arg "REVISION=$(git rev-parse HEAD)" \
  ${SOURCE:+--label "org.opencontainers.image.source=$SOURCE"} \
  --provenance=mode=max --sbom=true \
  --tag "$IMAGE:$VERSION" \
  --metadata-file "$out/image.json" \
  --push .
if [[ ${DRY_RUN:-0} != 1 ]]; then
  node -p 'JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"))["containerimage.digest"]' \
    "$out/image.json" >"$out/image-digest"
fi
