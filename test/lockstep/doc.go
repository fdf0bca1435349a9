// Package lockstep runs the whole operator in one goroutine, one reconcile at a
// time, in simulated time: its reconcilers are called directly, by a queue that
// obeys what they answer and wakes them on what its watches would tell. Whoever
// drives it decides what every call to the API server and every event comes to,
// and may throw the operator away at any of them and start another one, which
// knows nothing but the API server and the provider.
//
// It is meant for testing/synctest bubbles, where sleeping is how time passes.
// What the queue does not have in common with the real one is concurrency, and
// the watches are retold here: those have tests of their own.
package lockstep
