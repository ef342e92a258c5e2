# reelsheet with the embedded engine and ffmpeg, as a user without rights.
#   docker build -t reelsheet .
#   docker run --rm -v /data:/data reelsheet moderate /data/uploads --dataset /data/dataset
FROM python:3.11.14-slim-bookworm

RUN apt-get update && apt-get install --yes --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 reelsheet

WORKDIR /opt/reelsheet
COPY . .
RUN pip install --no-cache-dir --constraint constraints.txt --editable '.[engine]'

USER reelsheet
ENV PREFECT_HOME=/home/reelsheet/.prefect REELSHEET_DATASET=/data/dataset
VOLUME /data
HEALTHCHECK --interval=5m --timeout=60s CMD ["reelsheet", "doctor"]
ENTRYPOINT ["reelsheet"]
CMD ["--help"]
