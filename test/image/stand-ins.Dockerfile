# Stand-ins for the two base images of the Dockerfile, made of what this machine has: neither can be had without the
# internet. `stand-ins.ts` lays out the folders.

# For node:24-bookworm-slim. It trusts what this machine trusts, since `npm ci` runs in it.
FROM scratch AS build
COPY build /
ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt

# For gcr.io/distroless/nodejs24-debian12:nonroot: Node, its libraries, and no shell.
FROM scratch AS runtime
COPY runtime /
# For another architecture it is another image, in name only: nothing but files is put on top of it.
ARG ARCHITECTURE
LABEL architecture="$ARCHITECTURE"
USER 65532:65532
WORKDIR /home/nonroot
