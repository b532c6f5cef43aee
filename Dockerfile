# RemoteLog by itself, on a data folder or on Azure storage accounts.
#
#   docker build --platform linux/amd64 -t remotelog .
#   docker run -p 7071:7071 -v remotelog:/data --read-only --tmpfs /tmp --cap-drop ALL remotelog
FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
WORKDIR /source
COPY . .
# Self-contained, for Linux on x64; mkdir, since the last stage has no shell to do it.
RUN dotnet publish src/RemoteLog.Functions --configuration Release --output /app --nologo && mkdir /data

# No shell, no package manager, nobody to become root.
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app .
COPY --from=build --chown=$APP_UID:$APP_UID /data /data
ENV ASPNETCORE_URLS=http://0.0.0.0:7071 ASPNETCORE_HTTP_PORTS= Data__Folder=/data
USER $APP_UID
VOLUME /data
EXPOSE 7071
HEALTHCHECK --interval=30s --timeout=15s --start-period=10s CMD ["/app/RemoteLog.Functions", "--probe"]
ENTRYPOINT ["/app/RemoteLog.Functions"]
