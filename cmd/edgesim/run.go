package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/domaincert/domaincert/test/edgesim"
)

// ready is what the ready file tells once everything listens.
type ready struct {
	API    string `json:"api"`
	APITLS string `json:"apiTLS"`
	Edge   string `json:"edge"`
	// EdgeStaging is the edge of CDN Pro's staging environment.
	EdgeStaging string `json:"edgeStaging"`
	// Metadata is the metadata service of an ECS instance, and CredentialsURI what
	// hands out the same credentials to whoever asks.
	Metadata       string `json:"metadata"`
	CredentialsURI string `json:"credentialsURI"`
	Admin          string `json:"admin"`
	PID            int    `json:"pid"`
}

// grace is how long calls under way may take to finish at the end.
const grace = 2 * time.Second

// run runs the simulator until the context ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stdout)
	if err != nil {
		return err
	}
	o.config.Logger = slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: o.logLevel}))
	sim, err := edgesim.Start(o.config)
	if err != nil {
		return err
	}
	if err := announce(o, sim, stdout); err != nil {
		return errors.Join(err, sim.Close())
	}
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	failed := sim.Shutdown(stopping)
	if o.readyFile != "" {
		// A ready file that outlives its process would mislead the next run.
		failed = errors.Join(failed, os.Remove(o.readyFile))
	}
	return failed
}

// announce tells the addresses: on standard output, and in the files asked for.
func announce(o options, sim *edgesim.Server, stdout io.Writer) error {
	told := ready{API: "http://" + sim.APIAddress(), APITLS: "https://" + sim.APITLSAddress(),
		Edge: sim.EdgeAddress(), EdgeStaging: sim.EdgeStagingAddress(), Metadata: "http://" + sim.MetadataAddress(),
		CredentialsURI: sim.CredentialsURI(), Admin: "http://" + sim.AdminAddress(), PID: os.Getpid()}
	if o.caFile != "" {
		if err := writeWhole(o.caFile, sim.CAPEM()); err != nil {
			return err
		}
	}
	if o.readyFile != "" {
		content, err := json.MarshalIndent(told, "", "  ")
		if err != nil {
			return fmt.Errorf("encode addresses: %w", err)
		}
		if err := writeWhole(o.readyFile, append(content, '\n')); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(stdout, "edgesim is ready\n  API    %s\n  API    %s\n  edge   %s\n  edge   %s (staging)\n  admin  %s\n",
		told.API, told.APITLS, told.Edge, told.EdgeStaging, told.Admin)
	return err
}

// writeWhole writes a file so that whoever waits for it never reads half of it.
func writeWhole(name string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".edgesim-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, os.Remove(temporary.Name())))
	}
	return nil
}
