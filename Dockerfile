# Two stages: Node 24 and npm build the one file, and a distroless image with Node and nothing else runs it.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM gcr.io/distroless/nodejs24-debian12:nonroot
LABEL org.opencontainers.image.title="plimsoll" \
      org.opencontainers.image.description="Keeps Kubernetes workloads on the newest image their policy allows" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0"
# `plimsoll demo` reads the custom resource definitions, which lie beside the program as in a checkout.
COPY --from=build /src/dist /app/dist
COPY crds /app/crds
ENV NODE_ENV=production
# Nothing is written to disk: run it with a read-only root file system.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=2", "/app/dist/plimsoll.js"]
CMD ["run"]
