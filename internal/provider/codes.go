package provider

// Codes of ours that mean more than their kind, for every adapter alike.
const (
	// CodeClockSkew is the code of a request that was refused for its date, where
	// the provider's reply shows that the clocks differ. The account is refused
	// until one of them is set.
	CodeClockSkew = "clock-skew"
	// CodeTLS is the code of a provider's host, or of a proxy in its place, that
	// could not be trusted: its certificate or its version of TLS. Nothing was
	// sent to it.
	CodeTLS = "tls"
)
