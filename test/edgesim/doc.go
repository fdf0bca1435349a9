// Package edgesim simulates edge networks that serve TLS certificates: the
// management API that a certificate is pushed to, and the edge that TLS clients
// then connect to. It speaks the wire protocol, checks signatures, quotas and
// certificates by itself, answers with the documented errors, and can be told to
// misbehave. It is meant for tests, in this repository and in anyone's CI.
//
// Products simulated: ApsaraVideo Live (2016-11-01), Alibaba Cloud CDN (2018-05-10), DCDN
// (2018-01-15), ApsaraVideo VOD (2017-03-21), Certificate Management Service (2020-04-07)
// and the Security Token Service (2015-04-01), all as RPC-style API with signature V3
// (ACS3-HMAC-SHA256) or V1 (HMAC-SHA1); and CDN Pro of Wangsu and CDNetworks, a REST API
// of its own.
//
// # Use from Go
//
//	sim, err := edgesim.Start(edgesim.Config{Accounts: []edgesim.Account{{
//		ID:      "1000000000000001",
//		Keys:    []edgesim.AccessKey{{ID: "test-id", Secret: "test-secret"}},
//		Domains: []edgesim.Domain{{Name: "live.example.com"}},
//	}}})
//	defer sim.Close()
//	// point a client at sim.APIAddress(), a TLS client at sim.EdgeAddress()
//	entries := sim.Journal(edgesim.Query{Operation: "SetLiveDomainCertificate"})
//
// # Use from anything else
//
// Run cmd/edgesim and speak to its admin listener; see `edgesim --help` and
// docs/edgesim.md. The admin API mirrors the methods of Server:
//
//	GET    /healthz    200 once every listener is up
//	GET    /ca.pem     the authority that signed the HTTPS API's certificate
//	GET    /journal    calls so far; DELETE forgets them
//	GET    /accounts   accounts; POST adds or changes one, DELETE ?id= removes one
//	GET    /domains    domains; POST adds or changes one, DELETE ?name= removes one
//	GET    /certificates  what is stored; POST changes a provided one's status
//	GET    /faults     faults; POST adds one, DELETE removes ?id= or all
//	DELETE /sessions   ends all temporary keys at once
//	GET    /edge       ?domain=: what is stored, described and served; POST changes it
//	GET    /settings   settings; POST changes the fields that it names
//	POST   /reset      back to the state at start
//
//	GET    /cdnpro/certificates  certificates with versions; POST makes a version
//	GET    /cdnpro/properties    properties; POST adds or changes one
//	GET    /cdnpro/tasks         deployment and validation tasks
//	POST   /cdnpro/failures      makes tasks to come fail
//
// # What is fact and what is inferred
//
// The simulator follows the vendor's published pages. Where they are silent it
// does what seemed likeliest, and the comment there says "inferred". Nothing here
// was compared with the real cloud.
//
// # Keys
//
// Private keys are held in memory because the edge serves with them. They appear
// in no log, journal, answer of the admin API or error text. Two exceptions are the
// real cloud's and are reproduced: an answer to a wrong V1 signature repeats what
// was signed to the client that sent it (see Settings.OmitStringToSign), and
// GetUserCertificateDetail gives the key to whoever does not ask for CertFilter (see
// Entry.KeyInAnswer).
package edgesim
