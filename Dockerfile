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
# Nothing reads maps and declarations where nothing is debugged or compiled; they are a third of all the bytes.
RUN --mount=type=secret,id=ca --mount=type=cache,target=/tmp/npm \
    if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier --cache /tmp/npm \
      --workspace services/ingress --workspace services/identity --workspace services/sender \
      --workspace packages/simulator \
 && find node_modules -type f \
      \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

# Everything belongs to root, so that a process cannot change its own code.
FROM ${NODE_IMAGE} AS code
ENV NODE_ENV=production
WORKDIR /yubin
COPY --from=dependencies /yubin .
COPY . .

# What Node makes of the code at every start, made once: a start takes a third less processor time. Node takes it only
# from the user who made it. With a wrong setting a process ends when all of it is loaded; one that cannot load says
# something else, and there is no image.
FROM code AS compiled
RUN install --directory --owner=1000 /compiled
USER 1000:1000
RUN export NODE_COMPILE_CACHE=/compiled PORT=none; \
    for main in services/*/src/main.ts packages/simulator/src/main.ts; do \
      node $main 2>&1 | tee /tmp/said; \
      grep -Eq 'MONGODB_URL is missing|PORT must be a number' /tmp/said || exit 1; \
    done; \
    chmod -R go+rX /compiled

FROM code
COPY --from=compiled --chown=0:0 /compiled /compiled
ENV NODE_COMPILE_CACHE=/compiled
# "node" in the official image; by number, so that Kubernetes can tell that it is not root.
USER 1000:1000
EXPOSE 8080
CMD ["node", "services/ingress/src/main.ts"]
