package aliyun

import (
	"os"
	"strings"

	"github.com/domaincert/domaincert/internal/provider/transport"
)

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
			return transport.Misconfigured("start the operator without " + flag + " in the environment variable DEBUG: it prints credentials")
		}
	}
	return nil
}
