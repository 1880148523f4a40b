# The Worker in workerd, without the development server: docs/self-hosting.md.
FROM node:22-bookworm-slim AS build
WORKDIR /src
# The dependencies alone first: a change of the source leaves this layer as it is.
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run tool -- bundle --out /server \
  && cp "$(node -p "require('workerd').default")" /server/workerd-bin

FROM node:22-bookworm-slim
RUN install -d -o node -g node -m 700 /data
COPY --from=build /server /server
ENV WORKERD=/server/workerd-bin DATA=/data HOST=0.0.0.0 PORT=8787
USER node
VOLUME /data
EXPOSE 8787
# Ready, not only up: networks, storage and secrets are looked at, at most once in 30 s.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["node", "-e", \
  "fetch(`http://127.0.0.1:${process.env.PORT || 8787}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node passes SIGTERM on to workerd, which ends the requests that are in flight.
CMD ["node", "/server/main.mjs"]
