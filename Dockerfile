# fovead, fovea-trainer and fovea in a small image.
#
#   docker build -t fovea .
#   docker run --read-only -v fovea-data:/var/lib/fovea -p 127.0.0.1:8500:8500 fovea
#
# Another LibTorch (a CUDA build): --build-arg FOVEA_TORCH_SPEC=...; an index or a folder of wheels
# for pip: --build-arg FOVEA_PIP_ARGS=...

FROM debian:12-slim AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ARG FOVEA_TORCH_SPEC=
ARG FOVEA_PIP_ARGS=
WORKDIR /src
# What is installed changes less often than the sources: a layer of its own.
COPY scripts/bootstrap.sh scripts/lib.sh scripts/requirements.txt scripts/
RUN scripts/bootstrap.sh
COPY . .
RUN cmake --preset release -DFOVEA_BUILD_TESTS=OFF \
 && cmake --build build/release --target fovead fovea-trainer fovea \
 && scripts/stage_runtime.sh build/release /opt/fovea

FROM debian:12-slim AS runtime
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
COPY --from=build /opt/fovea /opt/fovea
# The list of packages that hold the shared libraries is written by stage_runtime.sh from what the
# programs really load, so versions are those of the base image. gnuplot draws the figures of reports.
# hadolint ignore=DL3008
RUN apt-get update \
 && xargs -a /opt/fovea/debian-packages.txt apt-get install -y --no-install-recommends \
      fonts-dejavu-core gnuplot-nox \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --home-dir /var/lib/fovea --shell /usr/sbin/nologin fovea \
 && install -d -o fovea -g fovea -m 0700 /var/lib/fovea

ENV PATH=/opt/fovea/bin:$PATH \
    FOVEA_DATA_DIR=/var/lib/fovea \
    FOVEA_LISTEN=0.0.0.0:8500 \
    FOVEA_METRICS_LISTEN=0.0.0.0:9464 \
    FOVEA_SERVER=127.0.0.1:8500
USER 10001:10001
WORKDIR /var/lib/fovea
VOLUME /var/lib/fovea
EXPOSE 8500 9464
STOPSIGNAL SIGTERM
# Over gRPC; wants an answer, which a server that shuts down does not give.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["fovea", "--timeout", "4s", "server", "status"]
ENTRYPOINT ["fovead"]
