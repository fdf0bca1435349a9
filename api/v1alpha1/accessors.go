package v1alpha1

// ProviderSpec returns the account and its limits.
func (p *EdgeProvider) ProviderSpec() *EdgeProviderSpec { return &p.Spec }

// ProviderStatus returns what is known of the account.
func (p *EdgeProvider) ProviderStatus() *EdgeProviderStatus { return &p.Status }

// ProviderSpec returns the account and its limits.
func (p *ClusterEdgeProvider) ProviderSpec() *EdgeProviderSpec { return &p.Spec.EdgeProviderSpec }

// ProviderStatus returns what is known of the account.
func (p *ClusterEdgeProvider) ProviderStatus() *EdgeProviderStatus { return &p.Status }
