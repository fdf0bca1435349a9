package v1alpha1

// AlibabaCloudCredentials is one source of credentials, and optionally a role
// that is assumed with them.
//
// +kubebuilder:validation:ExactlyOneOf=accessKey;oidc;ecsRAMRole;credentialsURI;default
type AlibabaCloudCredentials struct {
	// accessKey reads an access key from a Secret.
	// +optional
	AccessKey *AccessKeyCredentials `json:"accessKey,omitempty"`

	// oidc exchanges a ServiceAccount token for temporary credentials (RRSA).
	// +optional
	OIDC *OIDCCredentials `json:"oidc,omitempty"`

	// ecsRAMRole uses the RAM role of the ECS instance that the operator runs
	// on. Needs a flag of the operator in a namespaced EdgeProvider.
	// +optional
	ECSRAMRole *ECSRAMRoleCredentials `json:"ecsRAMRole,omitempty"`

	// credentialsURI is asked for temporary credentials by HTTP GET. Needs a
	// flag of the operator in a namespaced EdgeProvider.
	// +optional
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https?://[a-zA-Z0-9\[][^\s?#@]*$`
	CredentialsURI string `json:"credentialsURI,omitempty"`

	// default uses the operator's own credentials by the SDK's default chain.
	// Needs a flag of the operator in a namespaced EdgeProvider.
	// +optional
	Default *DefaultCredentials `json:"default,omitempty"`

	// assumeRole assumes a role with the credentials of the one other field.
	// +optional
	AssumeRole *AssumeRole `json:"assumeRole,omitempty"`
}

// AccessKeyCredentials is an access key in a Secret.
type AccessKeyCredentials struct {
	// secretRef names a Secret with the keys accessKeyID and accessKeySecret,
	// and securityToken for temporary credentials. It lies in the namespace of
	// the EdgeProvider; for a ClusterEdgeProvider, in the operator's namespace.
	// +required
	SecretRef SecretReference `json:"secretRef,omitzero"`
}

// Keys of a Secret with an access key.
const (
	AccessKeyIDKey     = "accessKeyID"
	AccessKeySecretKey = "accessKeySecret"
	SecurityTokenKey   = "securityToken"
)

// OIDCCredentials exchanges an OIDC token for temporary credentials of a role.
//
// +kubebuilder:validation:AtMostOneOf=serviceAccountRef;tokenFile
type OIDCCredentials struct {
	// roleARN of the RAM role, acs:ram::<account>:role/<name>.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^acs:ram::[0-9]+:role/[A-Za-z0-9.@_-]+$`
	RoleARN string `json:"roleARN,omitempty"`

	// oidcProviderARN of the identity provider,
	// acs:ram::<account>:oidc-provider/<name>.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^acs:ram::[0-9]+:oidc-provider/[A-Za-z0-9.@_-]+$`
	OIDCProviderARN string `json:"oidcProviderARN,omitempty"`

	// serviceAccountRef names a ServiceAccount whose token is requested, for the
	// audience sts.aliyuncs.com, and exchanged. It lies in the namespace of the
	// EdgeProvider; for a ClusterEdgeProvider, in the operator's namespace.
	// The operator needs a Role there that lets it request the token. Without
	// serviceAccountRef a file in the operator's container is read.
	// +optional
	ServiceAccountRef *ServiceAccountReference `json:"serviceAccountRef,omitempty"`

	// tokenFile is a file in the operator's container. Without it and
	// serviceAccountRef, the one that the environment variable
	// ALIBABA_CLOUD_OIDC_TOKEN_FILE names. Either needs a flag of the operator
	// in a namespaced EdgeProvider.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^/[^\s]*[^\s/]$`
	TokenFile string `json:"tokenFile,omitempty"`
}

// ServiceAccountReference names a ServiceAccount.
type ServiceAccountReference struct {
	// name of the ServiceAccount.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Name string `json:"name,omitempty"`
}

// ECSRAMRoleCredentials uses the RAM role of an ECS instance.
type ECSRAMRoleCredentials struct {
	// name of the role. Defaults to the one attached to the instance.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9.@_-]+$`
	Name string `json:"name,omitempty"`
}

// DefaultCredentials has no settings: the SDK's default chain decides.
type DefaultCredentials struct{}

// AssumeRole is a role to assume.
type AssumeRole struct {
	// roleARN of the RAM role, acs:ram::<account>:role/<name>.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^acs:ram::[0-9]+:role/[A-Za-z0-9.@_-]+$`
	RoleARN string `json:"roleARN,omitempty"`

	// externalID that the role's trust policy asks for; 2 to 1224 characters
	// (AssumeRole, ExternalId).
	// +optional
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=1224
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9=,.@:/_-]+$`
	ExternalID string `json:"externalID,omitempty"`

	// sessionName that the account's audit trail shows; 2 to 64 characters
	// (AssumeRole, RoleSessionName). Defaults to domaincert.
	// +optional
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9.@_-]+$`
	SessionName string `json:"sessionName,omitempty"`
}

// Keys of a Secret with the credentials of an API user of CDN Pro.
const (
	CDNProUserKey   = "username"
	CDNProAPIKeyKey = "apiKey"
)

// CDNProCredentials is a user name and API key in a Secret.
type CDNProCredentials struct {
	// secretRef names a Secret with the keys username and apiKey. It lies in
	// the namespace of the EdgeProvider; for a ClusterEdgeProvider, in the
	// operator's namespace.
	// +required
	SecretRef SecretReference `json:"secretRef,omitzero"`
}
