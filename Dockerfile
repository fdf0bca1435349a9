# The operator, alone in its image: no shell, no package manager, no user names.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS TARGETARCH
ARG VERSION=unknown
WORKDIR /src
# Modules first: they change less often than the code, and stay in their layer.
COPY go.mod go.sum ./
RUN go mod download
COPY api api
COPY cmd cmd
COPY controllers controllers
COPY internal internal
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$VERSION" -o /out/domaincert ./cmd

FROM scratch
ARG VERSION=unknown
LABEL org.opencontainers.image.title="domaincert" \
      org.opencontainers.image.description="Keeps the certificates that edge networks serve in step with Kubernetes Secrets" \
      org.opencontainers.image.source="https://github.com/domaincert/domaincert" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
# Providers are called over TLS; without these roots every call would fail.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/domaincert /domaincert
# By number, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 65532:65532
ENTRYPOINT ["/domaincert"]
