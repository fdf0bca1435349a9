package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock makes sure that one quickstart is up at a time. The kernel holds it, on
// an open file in the user's cache directory, and lets go when the process ends,
// however it does; the file's content is only for people and the next start.
type lock struct {
	file *os.File
}

// holder is who holds the lock.
type holder struct {
	PID       int    `json:"pid"`
	Directory string `json:"directory,omitempty"`
}

// takeLock takes the lock, or says who holds it. It removes what a quickstart
// that was killed has left.
func takeLock() (*lock, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find a place for the lock: %w", err)
	}
	name := filepath.Join(cache, "domaincert", "quickstart.lock")
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	l := &lock{file: file}
	if err := l.take(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return l, nil
}

func (l *lock) take() error {
	err := syscall.Flock(int(l.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	before := l.read()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("a quickstart is up already, process %d in %s; end it with Ctrl-C in its terminal, or: kill %d", before.PID, before.Directory, before.PID)
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", l.file.Name(), err)
	}
	if err := removeRemains(before.Directory); err != nil {
		return fmt.Errorf("remove what an earlier quickstart has left: %w", err)
	}
	return l.note("")
}

// read returns what the file says, nothing if it says nothing.
func (l *lock) read() holder {
	var found holder
	if err := json.NewDecoder(l.file).Decode(&found); err != nil {
		return holder{}
	}
	return found
}

// note writes this process and its directory into the file.
func (l *lock) note(directory string) error {
	content, err := json.Marshal(holder{PID: os.Getpid(), Directory: directory})
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = l.file.WriteAt(content, 0)
	return err
}

// release empties the file, which stays: removing it would let two processes
// hold locks on two files of the same name.
func (l *lock) release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
