// Package cdnpro puts certificates on the hostnames of CDN Pro (Wangsu,
// CDNetworks).
//
// Facts about the product shape it. A hostname belongs to a property, a property
// names a certificate, and a certificate has versions, of which one at a time is
// in effect in each of two environments, staging and production. So a renewal is
// two changes, a new version and a task that deploys it, and only a hostname that
// never had a certificate needs more: a certificate, a version of the property
// that names it, a validation of that, and a task that deploys both. Deploy makes
// one of these changes in each call and finds the next in what the product shows,
// so that neither a restart nor a lost answer makes anything twice.
//
// The product returns no certificate's body. What it shows of a version is a
// fingerprint in the form of SHA-1 (query certificate details, sample; inferred)
// and a comment, in which Deploy leaves the SHA-256 that the operator knows
// certificates by.
//
// A renewal to one environment, watched from beginning to end, takes 2 changing
// requests and 14 reads, 2 more of them where the certificate is our own, and 3 for
// every look at the running task; a second environment takes 9 more. An account has
// 300 requests in five minutes.
//
// A certificate cannot have versions without end (TooManyVersions; the figure is
// not documented), and only the latest one can be deleted, and only if it was
// never deployed (query certificate version details, deletable). What was served
// once stays for as long as its certificate. When that is full and all of it is
// ours, Deploy makes the next one, named after it, and binds it to the property like
// a first one; once no property uses the full one any more, Remove takes it off and
// deletes it whole. What somebody else has made any version of is left to a human.
package cdnpro
