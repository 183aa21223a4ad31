# `make image BASE=python:3.13-slim-bookworm@sha256:...` builds the last stage: the API alone, without pip, build tools,
# tests and secrets. The stage `local`, for compose.yaml, is the local Cognito.
# Without a `# syntax=` line, which would fetch an image.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
# `otel` adds what TRACING needs.
ARG LOCK=api
COPY requirements/${LOCK}.txt /tmp/api.txt
RUN --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv /venv \
    && /venv/bin/pip install --disable-pip-version-check --quiet --no-deps --require-hashes --no-compile -r /tmp/api.txt \
    && /venv/bin/pip uninstall --quiet --yes pip setuptools
COPY api /srv/api
COPY cognito_tokens /srv/cognito_tokens
# The root is read-only, so that Python could never store the bytecode: every start would compile again.
RUN /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /venv/lib /srv

FROM ${BASE} AS local
COPY requirements/emulator.txt /tmp/emulator.txt
RUN --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv /srv/.venv-emulator \
    && /srv/.venv-emulator/bin/pip install --disable-pip-version-check --quiet --no-deps --require-hashes -r /tmp/emulator.txt \
    && install --directory --owner=65532 --group=65532 /data
COPY --from=build /venv /venv
COPY local /srv/local
WORKDIR /srv
ENV PYTHONUNBUFFERED=1
USER 65532:65532
EXPOSE 4566
VOLUME /data
ENTRYPOINT ["/venv/bin/python", "-m", "local.serve"]

FROM ${BASE} AS api
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cognito-sign-in" \
      org.opencontainers.image.description="Sign-in for any product on Amazon Cognito: the REST API." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The base's own installers.
RUN rm -rf /usr/local/lib/python*/site-packages/pip* /usr/local/lib/python*/ensurepip /usr/local/bin/pip* \
           /usr/lib/python*/ensurepip /usr/share/python-wheels
COPY --from=build /venv /venv
COPY --from=build /srv /srv
WORKDIR /srv
ENV PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin \
    BUILD_VERSION=${VERSION} \
    BUILD_REVISION=${REVISION} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 65532:65532
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["/venv/bin/python", "-m", "api.health.check"]
ENTRYPOINT ["/venv/bin/python", "-m", "api"]
CMD ["--host", "0.0.0.0", "--port", "8000"]
