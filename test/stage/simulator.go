package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// Addresses are where the simulator listens.
type Addresses struct {
	// API and Admin are URLs, Edge is host:port.
	API   string `json:"api"`
	Edge  string `json:"edge"`
	Admin string `json:"admin"`
}

const (
	// AccessKeyID is the id of the account's access key, or its user name.
	AccessKeyID = "quickstart"
	// pollInterval between two looks at something that is on its way.
	pollInterval = 20 * time.Millisecond
	// requestTimeout of one request to the simulator or the operator.
	requestTimeout = 10 * time.Second
)

// StartSimulator starts edgesim with one account that has one domain.
func (s *Stage) StartSimulator(ctx context.Context) error {
	output, err := s.log(simulatorLog)
	if err != nil {
		return err
	}
	// The access key goes through a file: arguments are visible to everybody.
	configuration, err := json.Marshal(map[string]any{
		"accounts": []any{s.account()},
		"settings": map[string]any{"propagationDelay": s.options.PropagationDelay.String()},
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.path("edgesim.json"), configuration, 0o600); err != nil {
		return err
	}
	const anyPort = "127.0.0.1:0"
	s.simulator, err = s.start("edgesim", output,
		"--config", s.path("edgesim.json"), "--ready-file", s.path("edgesim-ready.json"), "--log-level", "debug",
		"--api-address", anyPort, "--api-tls-address", anyPort, "--edge-address", anyPort, "--admin-address", anyPort)
	if err != nil {
		return err
	}
	return poll(ctx, func(context.Context) error {
		content, err := os.ReadFile(s.path("edgesim-ready.json"))
		if err != nil {
			return err
		}
		return json.Unmarshal(content, &s.Addresses)
	})
}

// SimulatorLog is the path of the simulator's log.
func (s *Stage) SimulatorLog() string { return s.path(simulatorLog) }

// Admin sends a request to the simulator's admin API and returns the answer. A
// nil body is a GET.
func (s *Stage) Admin(ctx context.Context, path string, body any) ([]byte, error) {
	if body == nil {
		return request(ctx, http.MethodGet, s.Addresses.Admin+path, nil)
	}
	content, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return request(ctx, http.MethodPost, s.Addresses.Admin+path, content)
}

// request returns the body of an answer with status 2xx.
func request(ctx context.Context, method, url string, body []byte) (_ []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	asked, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	client := &http.Client{Timeout: requestTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(asked)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	content, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s", method, url, answer.Status)
	}
	return content, err
}

// poll tries until it succeeds or the context ends; the error is then the last
// try's as well.
func poll(ctx context.Context, try func(context.Context) error) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-tick.C:
		}
	}
}
