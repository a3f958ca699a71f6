# The collector with its dashboard, in a small image that runs as nobody in particular.
#   docker build --tag steadfast-collector .

FROM node:22-bookworm AS node

# The npm package, which the dashboard uses, then the dashboard, then the collector that embeds it.
FROM rust:1.95-bookworm AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /build
COPY . .
RUN cargo xtask npm \
    && cd collector/dashboard && npm ci && npm run build \
    && cd ../.. && cargo build --release --locked --package steadfast-collector
# What a debugger would want is four fifths of it. Names of functions stay, for what a panic says.
RUN strip --strip-debug target/release/steadfast-collector

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /data steadfast \
    && install --directory --owner steadfast /data
COPY --from=build /build/target/release/steadfast-collector /usr/local/bin/
USER steadfast
WORKDIR /data
VOLUME /data
ENV STEADFAST_LISTEN=0.0.0.0:4700 \
    STEADFAST_DATABASE=/data/steadfast.db \
    STEADFAST_LOG_FORMAT=json
EXPOSE 4700
# Who stops it has to wait longer than STEADFAST_SHUTDOWN_LIMIT: `docker stop` waits ten seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD curl --fail --silent --output /dev/null http://127.0.0.1:4700/healthz
ENTRYPOINT ["steadfast-collector"]
