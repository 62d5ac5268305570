# `docker build .` makes an image for processors, `docker build --build-arg VARIANT=cuda .` one for NVIDIA cards.
ARG VARIANT=cpu
ARG NODE_IMAGE=node:22-bookworm
ARG CPU_IMAGE=node:22-bookworm-slim
ARG CUDA_IMAGE=nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04

# The large image has the compilers that native packages need.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# Tests stay outside, and so do packages that only build.
RUN npm run build && rm -rf dist/test && npm prune --omit=dev

FROM build AS modules-cpu

# The provider for CUDA is fetched when this image is built, and never later.
FROM build AS modules-cuda
RUN sed -i '/^onnxruntime-node-install/d' .npmrc && ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node

FROM ${CPU_IMAGE} AS base-cpu

FROM ${CUDA_IMAGE} AS base-cuda
COPY --from=build /usr/local/bin/node /usr/local/bin/node

# Names of stages are put together only where they are built on, not where they are copied from.
FROM modules-${VARIANT} AS modules

FROM base-${VARIANT}
WORKDIR /app
COPY --from=modules /app/package.json /app/LICENSE ./
COPY --from=modules /app/node_modules node_modules
COPY --from=modules /app/model/zoo/builtin model/zoo/builtin
COPY --from=modules /app/dist dist
RUN mkdir /data && chown 1000:1000 /data
ENV NODE_ENV=production IMGLISH_DATA=/data IMGLISH_HOST=0.0.0.0 IMGLISH_PORT=3210
USER 1000:1000
VOLUME /data
EXPOSE 3210
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.IMGLISH_PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/scripts/imglish.js"]
CMD ["serve"]
