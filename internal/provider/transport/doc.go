// Package transport is the way from an adapter to its provider's host: what may be
// called, by which HTTP client, how much of a reply is read, and what may be told
// of a failure. It is the same for every vendor, and none of it is left to their
// SDKs: a hang, a redirect, a flood or a quoted URL gets no further than here.
package transport
