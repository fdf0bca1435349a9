package edgeprobe

// WithPort is the address that a probe of address, or else of host, connects
// to.
func WithPort(address, host string) string { return withPort(address, host) }
