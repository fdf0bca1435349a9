package main

// usage is enough to use the simulator in someone else's CI.
const usage = `edgesim simulates edge networks that serve TLS certificates, for tests.

It answers the APIs of ApsaraVideo Live (2016-11-01), Alibaba Cloud CDN (2018-05-10),
DCDN (2018-01-15), ApsaraVideo VOD (2017-03-21) and Certificate Management Service
(2020-04-07), and STS (2015-04-01), which hands out temporary keys. It checks signatures V3
(ACS3-HMAC-SHA256) and V1 (HMAC-SHA1), quotas and certificates by itself, and serves by
SNI, with real TLS, what was set through the API. It can be told to misbehave. It was
never compared with the real cloud; docs/edgesim.md says what is documented and what is
inferred.

Usage:
  edgesim [flags]

Addresses (host:port; port 0 picks a free one):
  --api-address       API over HTTP                     (default 127.0.0.1:8790)
  --api-tls-address   the same API over HTTPS           (default 127.0.0.1:8791)
  --edge-address      TLS edge                          (default 127.0.0.1:8792)
  --edge-staging-address
                      TLS edge of CDN Pro's staging     (default 127.0.0.1:0)
  --metadata-address  metadata service of an ECS instance, and a credentials URI
                                                        (default 127.0.0.1:0)
  --admin-address     admin API, without authentication (default 127.0.0.1:8793)

What exists:
  --account ID:ACCESSKEYID:ACCESSKEYSECRET
                      an account and an access key; repeat for more of either.
                      Flags are visible in the process list: use --config for
                      secrets that are worth anything.
  --domain ACCOUNTID:DOMAIN[:PRODUCT]
                      a domain of the account; PRODUCT is live (default), cdn, dcdn or
                      vod, or a type of Live domain: liveVideo (default) or liveEdge; a
                      wildcard is written .example.com; repeat for more
  --config FILE       JSON: {"accounts":[...],"settings":{...},"apiAddress":"..."},
                      the forms of the admin API below; flags win over the file

Behaviour:
  --propagation-delay DURATION   from a Set to the edge serving it        (default 0s)
  --describe-delay DURATION      from a Set to describe calls showing it  (default 0s)

For scripts:
  --ready-file FILE   written with the addresses, as JSON, once all of them listen;
                      removed at the end
  --ca-file FILE      written with the authority that verifies the HTTPS API
  --log-level LEVEL   debug (one line per call), info, warn, error  (default info)

SIGTERM or SIGINT ends it with status 0.

Example, in CI:
  edgesim --api-address 127.0.0.1:0 --admin-address 127.0.0.1:0 \
    --api-tls-address 127.0.0.1:0 --edge-address 127.0.0.1:0 \
    --account 1000000000000001:test-id:test-secret \
    --domain 1000000000000001:live.example.com \
    --ready-file ready.json --ca-file ca.pem &
  until [ -s ready.json ]; do sleep 0.1; done
  admin=$(sed -n 's/.*"admin": "\(.*\)".*/\1/p' ready.json)
  edge=$(sed -n 's/.*"edge": "\(.*\)".*/\1/p' ready.json)

  # point your client at the "api" address with key test-id / test-secret, then:
  curl -s "$admin/journal?operation=SetLiveDomainCertificate"
  curl -s "$admin/edge?domain=live.example.com"
  openssl s_client -connect "$edge" -servername live.example.com </dev/null

Admin API (JSON; unknown fields are refused; errors are {"error":"..."}):
  GET    /healthz                   200
  GET    /ca.pem                    the authority of the HTTPS API
  GET    /journal                   calls, oldest first; select with ?account= &operation=
                                    &domain= &outcome= &certificateName= &certID=
                                    &fingerprint= &after=SEQUENCE.
                                    outcome: ok, throttled, lost, unanswered, or the error
                                    code. Never a key, never a certificate
  DELETE /journal                   forget them
  GET    /accounts                  accounts; secrets are withheld
  POST   /accounts                  {"id":"1","keys":[{"id":"k","secret":"s"}]}; a key may be
                                    "disabled", have a "securityToken" that "expires", a
                                    "user" and "deniedOperations"
  DELETE /accounts?id=
  GET    /domains                   domains; ?account=
  POST   /domains                   {"account":"1","name":"a.example.com"}; "product": live,
                                    cdn, dcdn, vod; "status": online, offline, configuring;
                                    "cnameStatus" and "certificateStatus" as CDN describes
                                    them; "restrictions": denied, notOwned,
                                    illegalOperation, authenticationFailed, safeMode,
                                    protectedMode, functionMutex, storageFailed,
                                    createFailed, deleteFailed, notPermittedOff,
                                    settedNotEffect
  DELETE /domains?name=
  GET    /certificates              what accounts have stored, and on which domains; ?account=
  POST   /certificates              {"account","name","status"}: change the status of a
                                    provided (cas or free) certificate
  GET    /faults                    faults, with how often each struck
  POST   /faults                    see below
  DELETE /faults                    all, or ?id=
  DELETE /sessions                  end all temporary keys at once
  GET    /edge?domain=              what is stored, described and served
  POST   /edge                      change a certificate behind the API's back:
                                    {"domain","certificateName","certificate","privateKey"};
                                    without certificate HTTPS is switched off
  GET    /settings                  all switches
  POST   /settings                  changes those it names, e.g. {"propagationDelay":"2s",
                                    "quotas":{"SetLiveDomainCertificate":5}}
  POST   /reset                     back to the state at start
  Roles, which are not made by flags: POST /accounts with {"id":"1","roles":[{"name":"r",
  "trustedKeys":["k"],"externalID":"e","instance":true}]}, see docs/edgesim.md
  CDN Pro, which is not made by flags: POST /accounts with {"id":"1","cdnpro":{"user":"u",
  "apiKey":"k","properties":[{"id":"p","hostnames":["www.example.net"]}]}}; then
  GET|POST /cdnpro/certificates, GET|POST /cdnpro/properties, GET /cdnpro/tasks and
  POST /cdnpro/failures, see docs/edgesim.md

Faults select calls by "account", "operation", "domain" (empty: all), begin with the
"nth" selected call (1), strike "count" times (0: always), end after "for". Kinds:
  delay error hang reset accept stale alternate html redirect empty truncate cut huge drip
"applied":true lets the operation take effect first: an answer that is lost.
  curl -s "$admin/faults" -d '{"kind":"reset","applied":true,"count":1,
    "operation":"SetLiveDomainCertificate","domain":"live.example.com"}'
  curl -s "$admin/faults" -d '{"kind":"error","status":503,"code":"ServiceUnavailable","for":"30s"}'
  curl -s "$admin/faults" -d '{"kind":"delay","delay":"2s","nth":3}'
  curl -s -X DELETE "$admin/faults"
`
