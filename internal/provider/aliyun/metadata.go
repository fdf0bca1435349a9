package aliyun

import (
	"context"
	"net/http"
	"os"
	"strings"

	"github.com/domaincert/domaincert/internal/provider/transport"
)

const (
	// metadataSession opens a session, which has a token (IMDSv2).
	metadataSession = "/latest/api/token"
	// metadataRole lists the instance's role and, with its name behind, its
	// credentials.
	metadataRole = "/latest/meta-data/ram/security-credentials/"
	// metadataSeconds is how long a session lasts: more than one exchange takes.
	metadataSeconds = "60"
)

// Environment variables of the SDK that are honoured here as well.
const (
	envMetadataDisabled   = "ALIBABA_CLOUD_ECS_METADATA_DISABLED"
	envMetadataV1Disabled = "ALIBABA_CLOUD_IMDSV1_DISABLED"
)

// FromECSRAMRole returns credentials of the RAM role of the ECS instance that
// the operator runs on. Without a name the metadata service is asked which role
// that is.
//
// The service is asked with a token (IMDSv2). Where it knows none it is asked
// without (v1), unless the environment variable ALIBABA_CLOUD_IMDSV1_DISABLED is
// true. No proxy is used: it would be told the credentials, and reaches another
// instance's service at best.
func FromECSRAMRole(name string, at Exchange) (Credentials, error) {
	if name != "" && !isRoleName(name) {
		return Credentials{}, transport.Misconfigured("set ecsRAMRole.name to the name of a RAM role, not its ARN")
	}
	if strings.EqualFold(os.Getenv(envMetadataDisabled), "true") {
		return Credentials{}, transport.Misconfigured("start the operator without " + envMetadataDisabled + " to use the role of the ECS instance")
	}
	address := orDefault(at.MetadataEndpoint, DefaultMetadataEndpoint)
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	where, err := transport.ParseEndpoint(address)
	if err != nil {
		return Credentials{}, err
	}
	through := at.transport()
	through.Proxy = nil
	return renewing(&metadata{
		inquiry: inquiry{transport.NewClient(through), at.timeout(), transport.Origin{Operation: "ECS metadata", Host: where.Host}},
		base:    where.Scheme + "://" + where.Host,
		role:    name,
		plain:   !strings.EqualFold(os.Getenv(envMetadataV1Disabled), "true"),
	}, at.Clock), nil
}

// metadata issues credentials of an instance's role.
type metadata struct {
	inquiry
	base, role string
	// plain allows requests without a token.
	plain bool
}

func (m *metadata) issue(ctx context.Context, _ bool) (issued, error) {
	header, err := m.session(ctx)
	if err != nil {
		return issued{}, err
	}
	role := m.role
	if role == "" {
		if role, err = m.attached(ctx, header); err != nil {
			return issued{}, err
		}
	}
	answer, err := m.ask(ctx, http.MethodGet, m.base+metadataRole+role, header)
	if err != nil {
		return issued{}, err
	}
	if answer.status != http.StatusOK {
		return issued{}, m.refusal(answer, "the metadata service hands out no credentials of this role; check ecsRAMRole.name, the role attached to the instance and its metadata options")
	}
	return m.grant(answer)
}

// session obtains a token and returns the header that shows it, or an empty one
// where the service knows no tokens.
func (m *metadata) session(ctx context.Context) (http.Header, error) {
	answer, err := m.ask(ctx, http.MethodPut, m.base+metadataSession, http.Header{"X-Aliyun-Ecs-Metadata-Token-Ttl-Seconds": {metadataSeconds}})
	token := strings.TrimSpace(string(answer.body))
	switch {
	case err != nil:
		return nil, err
	case answer.status == http.StatusOK && isHeaderValue(token):
		return http.Header{"X-Aliyun-Ecs-Metadata-Token": {token}}, nil
	case answer.status == http.StatusOK:
		return nil, m.from.Unavailable("malformed", "the metadata service's token cannot be used; check what answers there")
	case m.plain && answer.status >= 400 && answer.status < 500:
		return http.Header{}, nil
	default:
		return nil, m.refusal(answer, "the metadata service gives no token; check the instance's metadata options, and whether the operator's network is the instance's own")
	}
}

// attached asks which role the instance has.
func (m *metadata) attached(ctx context.Context, header http.Header) (string, error) {
	answer, err := m.ask(ctx, http.MethodGet, m.base+metadataRole, header)
	if err != nil {
		return "", err
	}
	if answer.status != http.StatusOK {
		return "", m.refusal(answer, "the metadata service knows no RAM role; attach one to the instance, and check its metadata options")
	}
	role, _, _ := strings.Cut(strings.TrimSpace(string(answer.body)), "\n")
	if role = strings.TrimSpace(role); !isRoleName(role) {
		return "", m.from.Unavailable("malformed", "the metadata service names no RAM role; attach one to the instance, and check what answers there")
	}
	return role, nil
}

// isRoleName reports whether the text can be the name of a RAM role: it becomes
// part of a path (CreateRole, RoleName).
func isRoleName(text string) bool {
	return text != "." && text != ".." && identifier(strings.ReplaceAll(text, "@", "")) != ""
}

// isHeaderValue reports whether the text can be sent in a header and says
// something.
func isHeaderValue(text string) bool {
	return text != "" && len(text) <= maxToken && !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' })
}
