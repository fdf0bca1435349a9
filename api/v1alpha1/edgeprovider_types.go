package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Labels by which an administrator marks namespaces for the shipped admission
// policies, with the value AllowedLabelValue. They limit the operator's flags, and
// allow nothing without them.
const (
	// NamespacedEndpointsLabel lets EdgeProviders there name endpoints.
	NamespacedEndpointsLabel = "domaincert.io/namespaced-endpoints"
	// AmbientCredentialsLabel lets EdgeProviders there use the operator's own
	// identity, or name a URI to ask for credentials.
	AmbientCredentialsLabel = "domaincert.io/ambient-credentials" //nolint:gosec // the name of a label
	// AllowedLabelValue is the one value that counts.
	AllowedLabelValue = "allowed"
)

// EdgeProviderSpec is an account at a product that serves domains.
//
// +kubebuilder:validation:ExactlyOneOf=alibabaCloud;cdnPro
type EdgeProviderSpec struct {
	// alibabaCloud is an account at Alibaba Cloud.
	// +optional
	AlibabaCloud *AlibabaCloudProvider `json:"alibabaCloud,omitempty"`

	// cdnPro is an account at CDN Pro (Wangsu, CDNetworks).
	// +optional
	CDNPro *CDNProProvider `json:"cdnPro,omitempty"`

	// quota overrides the product's documented request quotas. They belong to
	// the account: all objects and providers that use it share them, and where
	// several providers of one account differ the lowest value counts. 95 % of
	// it is used.
	// +optional
	Quota *Quota `json:"quota,omitempty"`

	// allowedDomains limits the domains that may be served through this
	// provider: a name, or *.example.com for every name below example.com; at
	// most 256. Empty allows all. A DomainCertificate for another domain gets
	// Accepted=False with reason DomainNotAllowed.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MinLength=4
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^([*][.]([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])*|([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])+)[a-z][-a-z0-9]{0,61}[a-z0-9]$')",message="allowedDomains lists lower-case DNS names, and *.example.com for every name below example.com"
	AllowedDomains []string `json:"allowedDomains,omitempty"`
}

// AlibabaCloudProvider is an account at one of Alibaba Cloud's products.
type AlibabaCloudProvider struct {
	// service is the product: Live (ApsaraVideo Live), CDN, DCDN or VOD
	// (ApsaraVideo VOD).
	// +required
	Service AlibabaCloudService `json:"service,omitempty"`

	// region chooses the hosts of the Security Token Service and, where they
	// differ by region, of VOD and Certificate Management Service, for example
	// cn-shanghai or ap-southeast-1. Without it the central ones are asked, and
	// cn-shanghai for VOD.
	// +optional
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^[a-z0-9][-a-z0-9]*[a-z0-9]$`
	Region string `json:"region,omitempty"`

	// endpoint overrides the product's public host, for example
	// live-vpc.cn-shanghai.aliyuncs.com: a host with an optional port, and an
	// optional scheme, which defaults to https. Plain http, and any endpoint in
	// a namespaced EdgeProvider, need a flag of the operator, since keys are
	// sent there. One that is not a host of aliyuncs.com is asked in place of
	// Certificate Management Service, too. Defaults to the product's public
	// host.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=267
	// +kubebuilder:validation:XValidation:rule="self.matches('^(https?://)?(?i:([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])*[a-z]([-a-z0-9]{0,61}[a-z0-9])?|((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])|[[](([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(([0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})?::(([0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})?)[]])(:[0-9]{1,5})?$')",message="endpoint must be a host name or IP address (IPv6 in brackets) with an optional port, after http://, https:// or nothing, and without a path"
	// +kubebuilder:validation:XValidation:rule="!self.matches(':[0-9]{1,5}$') || (int(self.substring(self.lastIndexOf(':') + 1)) >= 1 && int(self.substring(self.lastIndexOf(':') + 1)) <= 65535)",message="the port of endpoint must be between 1 and 65535"
	Endpoint string `json:"endpoint,omitempty"`

	// stsEndpoint overrides the host of the Security Token Service, which is
	// asked whose credentials these are. Same form and rules as endpoint.
	// Defaults to endpoint where that is not a host of aliyuncs.com, otherwise to
	// sts.<region>.aliyuncs.com, or sts.aliyuncs.com without a region.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=267
	// +kubebuilder:validation:XValidation:rule="self.matches('^(https?://)?(?i:([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])*[a-z]([-a-z0-9]{0,61}[a-z0-9])?|((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])|[[](([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(([0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})?::(([0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})?)[]])(:[0-9]{1,5})?$')",message="stsEndpoint must be a host name or IP address (IPv6 in brackets) with an optional port, after http://, https:// or nothing, and without a path"
	// +kubebuilder:validation:XValidation:rule="!self.matches(':[0-9]{1,5}$') || (int(self.substring(self.lastIndexOf(':') + 1)) >= 1 && int(self.substring(self.lastIndexOf(':') + 1)) <= 65535)",message="the port of stsEndpoint must be between 1 and 65535"
	STSEndpoint string `json:"stsEndpoint,omitempty"`

	// signatureVersion of requests: V3 (ACS3-HMAC-SHA256, default) or V1 (RPC
	// HMAC-SHA1).
	// +optional
	// +kubebuilder:default=V3
	SignatureVersion SignatureVersion `json:"signatureVersion,omitempty"`

	// credentials of the account: exactly one of accessKey, oidc, ecsRAMRole,
	// credentialsURI and default, and optionally assumeRole.
	// +required
	Credentials AlibabaCloudCredentials `json:"credentials,omitzero"`

	// certificateRetention says how many superseded certificates are kept at
	// the provider. Only uploads of the operator's own that nothing is served
	// with are removed, once their successor is in place. Live replaces a
	// certificate under its name and keeps none.
	// +optional
	CertificateRetention CertificateRetention `json:"certificateRetention,omitzero"`
}

// AlibabaCloudService is a product of Alibaba Cloud.
//
// +kubebuilder:validation:Enum=Live;CDN;DCDN;VOD
type AlibabaCloudService string

// The products of Alibaba Cloud.
const (
	LiveService AlibabaCloudService = "Live"
	CDNService  AlibabaCloudService = "CDN"
	DCDNService AlibabaCloudService = "DCDN"
	VODService  AlibabaCloudService = "VOD"
)

// SignatureVersion is a way of signing requests to Alibaba Cloud.
//
// +kubebuilder:validation:Enum=V3;V1
type SignatureVersion string

// The signature versions.
const (
	SignatureV3 SignatureVersion = "V3"
	SignatureV1 SignatureVersion = "V1"
)

// CertificateRetention says how many superseded certificates are kept.
type CertificateRetention struct {
	// keep is the number of superseded certificates that are kept; at least 0,
	// at most 100. Defaults to 2.
	// +optional
	// +kubebuilder:default=2
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Keep *int32 `json:"keep,omitempty"`

	// repositoryLimit is the number of certificates that the account's repository
	// can hold, from 1 to 1000000. From 90 % of it on the provider object says
	// RepositoryNearlyFull. Without it what the provider reports of its quota
	// counts, if it does (GetCertWarehouseQuota), which may be one of something
	// else than certificates.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	RepositoryLimit *int32 `json:"repositoryLimit,omitempty"`
}

// CDNProProvider is an account at CDN Pro.
type CDNProProvider struct {
	// endpoint of the API: https://open.chinanetcenter.com (Wangsu, default) or
	// https://api.cdnetworks.com (CDNetworks). Same form and rules as for
	// alibabaCloud.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=267
	// +kubebuilder:validation:XValidation:rule="self.matches('^(https?://)?(?i:([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])*[a-z]([-a-z0-9]{0,61}[a-z0-9])?|((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])|[[](([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(([0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})?::(([0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})?)[]])(:[0-9]{1,5})?$')",message="endpoint must be a host name or IP address (IPv6 in brackets) with an optional port, after http://, https:// or nothing, and without a path"
	// +kubebuilder:validation:XValidation:rule="!self.matches(':[0-9]{1,5}$') || (int(self.substring(self.lastIndexOf(':') + 1)) >= 1 && int(self.substring(self.lastIndexOf(':') + 1)) <= 65535)",message="the port of endpoint must be between 1 and 65535"
	Endpoint string `json:"endpoint,omitempty"`

	// credentials of the account.
	// +required
	Credentials CDNProCredentials `json:"credentials,omitzero"`

	// target is where certificates are deployed: Production (default), Staging,
	// or StagingThenProduction.
	// +optional
	// +kubebuilder:default=Production
	Target CDNProTarget `json:"target,omitempty"`

	// onBehalfOf is the customer that a reseller acts for (header
	// On-Behalf-Of).
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9._@-]+$`
	OnBehalfOf string `json:"onBehalfOf,omitempty"`

	// certificateRetention says how many superseded versions of a certificate
	// are kept. Only versions of the operator's own that are not in use are
	// removed, once their successor is in place.
	// +optional
	CertificateRetention CertificateRetention `json:"certificateRetention,omitzero"`
}

// CDNProTarget is where CDN Pro deploys certificates.
//
// +kubebuilder:validation:Enum=Production;Staging;StagingThenProduction
type CDNProTarget string

// The targets of CDN Pro.
const (
	CDNProProduction            CDNProTarget = "Production"
	CDNProStaging               CDNProTarget = "Staging"
	CDNProStagingThenProduction CDNProTarget = "StagingThenProduction"
)

// Quota is an account's request quota. It is paced at 95 % of the value.
type Quota struct {
	// setPerSecond is the number of changing requests per second, from 1 to
	// 10000. Defaults to the product's documented quota: 30 for Live, CDN, DCDN
	// and VOD (SetLiveDomainCertificate, "QPS limit"). cdnPro counts otherwise,
	// see requestsPerFiveMinutes.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	SetPerSecond *int32 `json:"setPerSecond,omitempty"`

	// describePerSecond is the number of reading requests per second, from 1 to
	// 10000. Defaults to the product's documented quota: 100 for Live, CDN, DCDN
	// and VOD (DescribeLiveDomainCertificateInfo, "QPS limit").
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	DescribePerSecond *int32 `json:"describePerSecond,omitempty"`

	// requestsPerFiveMinutes is the number of requests of any kind in five
	// minutes, from 30 to 100000, for cdnPro, which counts like that. Defaults
	// to 300, which CDN Pro names as the default of an account.
	// +optional
	// +kubebuilder:validation:Minimum=30
	// +kubebuilder:validation:Maximum=100000
	RequestsPerFiveMinutes *int32 `json:"requestsPerFiveMinutes,omitempty"`
}

// EdgeProvider is an account at a product that serves domains, for the
// DomainCertificates of its own namespace.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=edgep,categories=domaincert
// +kubebuilder:printcolumn:name="Service",type=string,JSONPath=`.spec.alibabaCloud.service`
// +kubebuilder:printcolumn:name="Account",type=string,JSONPath=`.status.accountID`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type EdgeProvider struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the account and its limits. The account is exactly one of
	// alibabaCloud and cdnPro.
	// +required
	Spec EdgeProviderSpec `json:"spec,omitzero"`

	// status reports whether the account can be used.
	// +optional
	// +kubebuilder:default={observedGeneration:-1}
	Status EdgeProviderStatus `json:"status,omitzero"`
}

// EdgeProviderList is a list of EdgeProviders.
//
// +kubebuilder:object:root=true
type EdgeProviderList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`

	Items []EdgeProvider `json:"items"`
}
