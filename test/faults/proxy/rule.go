package proxy

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Rule makes the proxy misbehave towards some requests.
type Rule struct {
	// Match selects requests.
	Match func(Request) bool
	// Count is how many of them are acted on; 0 is all.
	Count int
	// Act is what happens.
	Act Action

	acted int
}

// Action answers a request, with or without forwarding it.
type Action func(w http.ResponseWriter, r *http.Request, forward http.Handler)

// Answer refuses with an HTTP status and the reason of the API's own Status
// object. A retryAfter that is not zero becomes the header Retry-After, in whole
// seconds.
func Answer(code int, reason metav1.StatusReason, retryAfter time.Duration) Action {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		status := metav1.Status{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
			Status:   metav1.StatusFailure, Code: int32(code), Reason: reason, Message: "refused by the fault proxy",
		}
		if retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		write(w, status)
	}
}

// Delay forwards after a while.
func Delay(wait time.Duration) Action {
	return func(w http.ResponseWriter, r *http.Request, forward http.Handler) {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-r.Context().Done():
		case <-timer.C:
			forward.ServeHTTP(w, r)
		}
	}
}

// Hang never answers; it ends when the client leaves.
func Hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	<-r.Context().Done()
}

// Drop closes the connection and does nothing.
func Drop(http.ResponseWriter, *http.Request, http.Handler) {
	panic(http.ErrAbortHandler)
}

// Lose forwards, so that the request takes effect, and closes the connection in
// place of an answer.
func Lose(_ http.ResponseWriter, r *http.Request, forward http.Handler) {
	forward.ServeHTTP(&discarded{header: http.Header{}}, r)
	panic(http.ErrAbortHandler)
}

// discarded takes an answer that nobody is to see.
type discarded struct{ header http.Header }

// Header implements [http.ResponseWriter].
func (d *discarded) Header() http.Header { return d.header }

// WriteHeader implements [http.ResponseWriter].
func (*discarded) WriteHeader(int) {}

func (*discarded) Write(content []byte) (int, error) { return len(content), nil }

// Event is one line of a watch.
type Event struct {
	Type string `json:"type"`
	// Object is as the API server sent it.
	Object json.RawMessage `json:"object"`
}

// Meta is the event's object without its specifics.
func (e Event) Meta() metav1.PartialObjectMetadata {
	var object metav1.PartialObjectMetadata
	if err := json.Unmarshal(e.Object, &object); err != nil {
		panic(err) // the API server writes JSON
	}
	return object
}

// Rewrite passes each event of a watch through a function, which returns what
// the client sees in its place. The function is called by one goroutine for each
// watch.
func Rewrite(change func(Event) []Event) Action {
	return func(w http.ResponseWriter, r *http.Request, forward http.Handler) {
		forward.ServeHTTP(&stream{ResponseWriter: w, change: change}, r)
	}
}

// stream cuts what is written into lines and changes each of them.
type stream struct {
	http.ResponseWriter
	change  func(Event) []Event
	pending bytes.Buffer
}

// Unwrap lets the reverse proxy flush.
func (s *stream) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *stream) Write(content []byte) (int, error) {
	s.pending.Write(content)
	for {
		end := bytes.IndexByte(s.pending.Bytes(), '\n')
		if end < 0 {
			return len(content), nil
		}
		line := bytes.Clone(s.pending.Next(end + 1))
		var event Event
		if err := json.Unmarshal(line, &event); err != nil || event.Type == "" {
			if _, err := s.ResponseWriter.Write(line); err != nil {
				return 0, err
			}
			continue
		}
		for _, changed := range s.change(event) {
			write(s.ResponseWriter, changed)
		}
	}
}

// write writes JSON to a client. That it has left is its own affair.
func write(w http.ResponseWriter, value any) {
	content, err := json.Marshal(value)
	if err != nil {
		panic(err) // types of our own
	}
	if _, err := w.Write(append(content, '\n')); err != nil {
		panic(http.ErrAbortHandler)
	}
}
