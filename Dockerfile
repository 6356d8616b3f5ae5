# syntax=docker/dockerfile:1
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# What decides the packages comes first, so that a change of code alone restores nothing.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY KvStore.Core/KvStore.Core.csproj KvStore.Core/packages.lock.json KvStore.Core/
COPY KvStore.Grpc/KvStore.Grpc.csproj KvStore.Grpc/packages.lock.json KvStore.Grpc/
COPY KvStore.Api/KvStore.Api.csproj KvStore.Api/packages.lock.json KvStore.Api/
ARG TARGETARCH=amd64
RUN dotnet restore KvStore.Api --arch "$TARGETARCH"

COPY .editorconfig ./
COPY KvStore.Core/ KvStore.Core/
COPY KvStore.Grpc/ KvStore.Grpc/
COPY KvStore.Api/ KvStore.Api/
ARG VERSION=0.1.0
RUN dotnet publish KvStore.Api --no-restore --configuration Release --arch "$TARGETARCH" \
    --no-self-contained --property "Version=$VERSION" --output /app

# The final image has no shell to make it with: the mount point of DATA_DIR, for its user.
RUN mkdir /data

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build-client
WORKDIR /source

COPY global.json Directory.Build.props Directory.Packages.props ./
COPY KvStore.Core/KvStore.Core.csproj KvStore.Core/packages.lock.json KvStore.Core/
COPY KvStore.Grpc/KvStore.Grpc.csproj KvStore.Grpc/packages.lock.json KvStore.Grpc/
COPY KvStore.Cli/KvStore.Cli.csproj KvStore.Cli/packages.lock.json KvStore.Cli/
ARG TARGETARCH=amd64
RUN dotnet restore KvStore.Cli --arch "$TARGETARCH"

COPY .editorconfig ./
COPY KvStore.Core/ KvStore.Core/
COPY KvStore.Grpc/ KvStore.Grpc/
COPY KvStore.Cli/ KvStore.Cli/
ARG VERSION=0.1.0
RUN dotnet publish KvStore.Cli --no-restore --configuration Release --arch "$TARGETARCH" \
    --no-self-contained --property "Version=$VERSION" --output /app

# The command line:  docker build --target client --tag kvstore-client .
FROM mcr.microsoft.com/dotnet/runtime:10.0-noble-chiseled AS client
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="KvStore client" \
      org.opencontainers.image.description="The command line of KvStore" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

WORKDIR /app
COPY --from=build-client /app ./
ENV DOTNET_EnableDiagnostics=0
USER $APP_UID
ENTRYPOINT ["dotnet", "kvstore.dll"]

# The service. No shell and no package manager: nothing to run but it.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled AS service
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="KvStore" \
      org.opencontainers.image.description="A key-value store over HTTP and gRPC, with prefix and suffix search" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

WORKDIR /app
COPY --from=build /app ./
COPY --from=build --chown=$APP_UID:$APP_UID /data /data

# Without diagnostics the runtime writes no files, so the root file system may be read-only.
ENV DOTNET_EnableDiagnostics=0 \
    ASPNETCORE_HTTP_PORTS= \
    PORT=8080 \
    GRPC_PORT=50051
USER $APP_UID
EXPOSE 8080 50051
ENTRYPOINT ["dotnet", "KvStore.Api.dll"]
