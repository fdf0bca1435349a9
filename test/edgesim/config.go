package edgesim

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Config says what a simulator starts with. The zero value listens on free
// loopback ports and knows no account.
type Config struct {
	// APIAddress is where the API answers over HTTP. Default 127.0.0.1:0, a free port.
	APIAddress string `json:"apiAddress,omitempty"`
	// APITLSAddress is where the same API answers over HTTPS. Default 127.0.0.1:0.
	APITLSAddress string `json:"apiTLSAddress,omitempty"`
	// EdgeAddress is where the TLS edge serves by SNI. Default 127.0.0.1:0.
	EdgeAddress string `json:"edgeAddress,omitempty"`
	// EdgeStagingAddress is where the TLS edge of CDN Pro's staging environment serves by
	// SNI. Default 127.0.0.1:0.
	EdgeStagingAddress string `json:"edgeStagingAddress,omitempty"`
	// AdminAddress is where the admin API answers. It has no authentication: keep it
	// on loopback. Default 127.0.0.1:0.
	AdminAddress string `json:"adminAddress,omitempty"`
	// MetadataAddress is where the metadata service of an ECS instance answers over
	// HTTP, and a credentials URI. Default 127.0.0.1:0.
	MetadataAddress string `json:"metadataAddress,omitempty"`
	// APIHosts are further names and addresses in the certificate of the HTTPS API,
	// beside localhost, 127.0.0.1, ::1 and, in aliyuncs.com, live, cdn, dcdn,
	// vod.cn-shanghai, cas and sts; also open.chinanetcenter.com and api.cdnetworks.com.
	APIHosts []string `json:"apiHosts,omitempty"`
	// Accounts exist from the start, and again after a reset.
	Accounts []Account `json:"accounts,omitempty"`
	// Settings hold from the start, and again after a reset.
	Settings Settings `json:"settings,omitzero"`
	// Clock tells the simulator's time. Default time.Now. Signature windows, expiry,
	// quotas and propagation follow it.
	Clock func() time.Time `json:"-"`
	// Logger gets one line per call at debug level, and failures to serve at warn.
	// Default: nothing is logged.
	Logger *slog.Logger `json:"-"`
}

// ReadConfig reads a Config from JSON; unknown fields are refused, so that a
// misspelt one is not silently without effect.
func ReadConfig(r io.Reader) (Config, error) {
	var c Config
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	return c, nil
}

// withDefaults fills what was left empty.
func (c Config) withDefaults() Config {
	for _, address := range []*string{&c.APIAddress, &c.APITLSAddress, &c.EdgeAddress, &c.EdgeStagingAddress, &c.AdminAddress, &c.MetadataAddress} {
		if *address == "" {
			*address = "127.0.0.1:0"
		}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
