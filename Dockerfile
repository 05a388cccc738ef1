# One image for all services and the simulator; which of them a container is, its command says.
# The base can be replaced by any with Node 24, npm and a user with id 1000.
ARG NODE_IMAGE=node:24-bookworm-slim

# The manifests alone: while they stay the same, a change of the code installs nothing again.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /yubin
COPY . .
RUN find packages services -type f ! -name package.json -delete \
 && find packages services -type d -empty -delete

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /yubin
COPY --from=manifests /yubin .
# Without install scripts: the only ones are of development tools and of a native part that also comes prebuilt.
# The secret "ca" is for networks that re-sign TLS; it is there during this step and in no layer.
RUN --mount=type=secret,id=ca --mount=type=cache,target=/tmp/npm \
    if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --cache /tmp/npm \
      --workspace services/ingress --workspace services/identity --workspace services/sender \
      --workspace packages/simulator

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /yubin
# Everything belongs to root, so that a process cannot change its own code.
COPY --from=dependencies /yubin .
COPY . .
# "node" in the official image; by number, so that Kubernetes can tell that it is not root.
USER 1000:1000
EXPOSE 8080
CMD ["node", "services/ingress/src/main.ts"]
