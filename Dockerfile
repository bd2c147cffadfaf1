# Two stages: Node 24 and npm build the one file, and a distroless image with Node and nothing else runs it.
# The file is JavaScript, the same on every architecture, so it is built on that of the machine that builds.
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# No script of a dependency runs here: the build needs none of what they would fetch.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts/build.ts ./scripts/
COPY src ./src
RUN node scripts/build.ts \
 && npm sbom --omit=dev --sbom-format=cyclonedx > dist/sbom.cdx.json

FROM gcr.io/distroless/nodejs24-debian12:nonroot
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="plimsoll" \
      org.opencontainers.image.description="Keeps Kubernetes workloads on the newest image their policy allows" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian12:nonroot"
# The program, the licences of what is bundled in it, and its bill of materials.
COPY --from=build /src/dist /app/dist
# `plimsoll demo` reads the custom resource definitions, which lie beside the program as in a checkout.
COPY crds /app/crds
COPY LICENSE /app/
ENV NODE_ENV=production
# By number, so that a kubelet can tell that it is not root.
USER 65532:65532
# Nothing is written to disk: run it with a read-only root file system.
# The flags are those of the program's first line; docs/adr/0024-node-flags.md says what they are for.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=2", "--heap-growing-percent=20", "--liftoff-only", "--no-flush-bytecode", "/app/dist/plimsoll.js"]
CMD ["run"]
