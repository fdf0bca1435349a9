// Package provider is the port to the products that serve domains: what the
// operator asks of a provider, in the operator's own words.
//
// An adapter (aliyunlive, ...) translates the three methods of [Provider] into
// the calls of one product and nothing more. Everything that is the same for
// all products lives here, around the adapters: [Plan] decides from data what
// to do, [Budget] keeps an account within its quota without blocking anyone,
// [Instrument] counts and times. Nothing in this package or below it knows
// Kubernetes.
package provider
