# RemoteLog by itself, on a data folder or on Azure storage accounts.
#
#   docker build --platform linux/amd64 -t remotelog .
#   docker run -p 7071:7071 -v remotelog:/data --read-only --tmpfs /tmp --cap-drop ALL remotelog
FROM ubuntu:24.04 AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates dotnet-sdk-10.0
WORKDIR /source
COPY . .
# Self-contained, for Linux on x64.
RUN dotnet publish src/RemoteLog.Functions --configuration Release --output /app --nologo && mkdir /data

# All that a self-contained app needs of its system: certificates and OpenSSL.
FROM ubuntu:24.04
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libssl3t64 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app .
COPY --from=build --chown=10001:10001 /data /data
ENV ASPNETCORE_URLS=http://0.0.0.0:7071 ASPNETCORE_HTTP_PORTS= Data__Folder=/data
USER 10001:10001
VOLUME /data
EXPOSE 7071
HEALTHCHECK --interval=30s --timeout=15s --start-period=10s CMD ["/app/RemoteLog.Functions", "--probe"]
ENTRYPOINT ["/app/RemoteLog.Functions"]
