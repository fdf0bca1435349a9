package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// removeRemains removes what a quickstart that was killed has left behind: its
// programs, known by their name and by its directory in their arguments, and the
// directory. Programs are found where there is a /proc.
func removeRemains(directory string) error {
	// Only a directory that a quickstart has made is removed.
	if !strings.HasPrefix(directory, filepath.Join(os.TempDir(), "domaincert-")) {
		return nil
	}
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return err
	}
	for _, name := range commands {
		command, err := os.ReadFile(name)
		if err != nil || !started(command, directory) {
			continue // gone meanwhile, or somebody else's
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err != nil {
			return err
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("end process %d, which an earlier quickstart has left: %w", pid, err)
		}
	}
	return os.RemoveAll(directory)
}

// started reports whether a command line is that of a program which a quickstart
// with this directory has started.
func started(command []byte, directory string) bool {
	program, arguments, _ := bytes.Cut(command, []byte{0})
	programs := []string{"etcd", "kube-apiserver", "kubectl", "edgesim", "domaincert"}
	return slices.Contains(programs, filepath.Base(string(program))) && bytes.Contains(arguments, []byte(directory+"/"))
}
