package aliyun

import (
	"net/url"
	"os"
	"strings"

	"github.com/domaincert/domaincert/internal/provider"
)

// endpoint is a host to call and how.
type endpoint struct {
	scheme string
	host   string // with port if there is one
}

// parseEndpoint accepts "host", "host:port", and both behind http:// or
// https://. Anything more is refused: what follows a host could redirect a
// request or, as user information, end up in a log.
func parseEndpoint(text string) (endpoint, error) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" || strings.HasSuffix(parsed.Host, ":") {
		return endpoint{}, misconfigured("set the endpoint to a host name, with a port if needed")
	}
	if parsed.Scheme != "http" && parsed.Scheme != "https" {
		return endpoint{}, misconfigured("begin the endpoint with https:// or with the host name itself")
	}
	rest := *parsed
	rest.Scheme, rest.Host, rest.Path = "", "", strings.TrimPrefix(rest.Path, "/")
	if rest != (url.URL{}) {
		return endpoint{}, misconfigured("set the endpoint to a host name only, without user, path or query")
	}
	return endpoint{scheme: parsed.Scheme, host: parsed.Host}, nil
}

// stsEndpoint is the STS host for a configuration. Regional hosts are
// sts.<region>.aliyuncs.com (STS, endpoints).
func stsEndpoint(config Config) string {
	switch {
	case config.STSEndpoint != "":
		return config.STSEndpoint
	case config.Region != "":
		return "sts." + config.Region + ".aliyuncs.com"
	default:
		return "sts.aliyuncs.com"
	}
}

// refuseDebug stops a process whose environment tells the SDK to print every
// request's headers, authorization and security token included. The SDK looks
// at the variable before main runs and cannot be told otherwise afterwards.
func refuseDebug() error {
	for flag := range strings.SplitSeq(os.Getenv("DEBUG"), ",") {
		switch flag {
		case "dara", "tea", "credential":
			return misconfigured("start the operator without " + flag + " in the environment variable DEBUG: it prints credentials")
		}
	}
	return nil
}

// misconfigured is the error of a configuration that cannot work.
func misconfigured(advice string) *provider.Error {
	return &provider.Error{Kind: provider.Rejected, Code: "configuration", Advice: advice, Account: true}
}
