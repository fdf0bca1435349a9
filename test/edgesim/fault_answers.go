package edgesim

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// longestFault ends hanging and dripping answers to clients that never leave.
const longestFault = 10 * time.Minute

// answerWithFault answers a call that a fault strikes.
func (s *Server) answerWithFault(w http.ResponseWriter, c *call, f Fault, run func() reply) {
	c.entry.Fault = f.Kind
	unbound(w)
	ctx, cancel := context.WithTimeout(c.http.Context(), longestFault)
	defer cancel()
	var done reply
	if f.Applied && !f.worksAnyway() {
		done = run()
	}
	if f.Kind != FaultDrip && !wait(ctx, time.Duration(f.Delay)) {
		s.record(c, s.outcomeWithoutAnswer(done), 0)
		return
	}
	for name, value := range f.Headers {
		w.Header().Set(name, value)
	}
	switch f.Kind {
	case FaultDelay:
		if !f.Applied {
			done = run()
		}
		s.write(w, c, done)
	case FaultAccept, FaultStale, FaultAlternate:
		c.withoutEffect = f.Kind == FaultAccept
		c.stale = f.Kind == FaultStale || (f.Kind == FaultAlternate && f.Struck%2 == 0)
		s.write(w, c, run())
	case FaultError:
		s.write(w, c, s.refuse(c, &refusalError{status: f.Status, code: f.Code, message: f.Message}))
	case FaultHang:
		s.record(c, s.outcomeWithoutAnswer(done), 0)
		<-ctx.Done()
	case FaultReset:
		s.record(c, s.outcomeWithoutAnswer(done), 0)
		s.resetConnection(w, nil)
	case FaultHTML:
		s.record(c, s.outcomeWithoutAnswer(done), f.Status)
		s.send(w, reply{status: f.Status, contentType: "text/html",
			body: fmt.Appendf(nil, "<html><head><title>%d</title></head><body>%[1]d from the load balancer</body></html>", f.Status)})
	case FaultRedirect:
		s.record(c, s.outcomeWithoutAnswer(done), f.Status)
		w.Header().Set("Location", f.Location)
		s.send(w, reply{status: f.Status})
	default:
		s.spoil(ctx, w, c, f, run())
	}
}

// worksAnyway reports whether the kind runs the operation whatever Applied says.
func (f Fault) worksAnyway() bool {
	switch f.Kind {
	case FaultEmpty, FaultTruncate, FaultCut, FaultHuge, FaultDrip, FaultAccept, FaultStale, FaultAlternate:
		return true
	}
	return false
}

// spoil sends a true answer in a way that loses it.
func (s *Server) spoil(ctx context.Context, w http.ResponseWriter, c *call, f Fault, done reply) {
	status := done.status
	if f.Kind == FaultEmpty {
		status = f.Status
	}
	s.record(c, s.outcomeWithoutAnswer(done), status)
	switch f.Kind {
	case FaultEmpty:
		s.send(w, reply{status: f.Status, contentType: done.contentType})
	case FaultTruncate:
		done.body = done.body[:len(done.body)/2]
		s.send(w, done)
	case FaultCut:
		s.resetConnection(w, cutAnswer(done))
	case FaultHuge:
		s.sendHuge(w, done, f.Bytes)
	case FaultDrip:
		s.drip(ctx, w, done, time.Duration(f.Delay))
	}
}

// outcomeWithoutAnswer is the outcome of a call that got no proper answer; a refusal
// that the operation made keeps its code.
func (s *Server) outcomeWithoutAnswer(done reply) string {
	switch {
	case done.status == 0:
		return OutcomeUnanswered
	case done.outcome == OutcomeOK:
		return OutcomeLost
	}
	return done.outcome
}

// sendHuge streams valid JSON of about the given length.
func (s *Server) sendHuge(w http.ResponseWriter, done reply, length int64) {
	w.Header().Set("Content-Type", done.contentType)
	w.WriteHeader(done.status)
	block := bytes.Repeat([]byte("x"), 32<<10)
	_, err := io.WriteString(w, `{"Padding":"`)
	for sent := int64(0); err == nil && sent < length; sent += int64(len(block)) {
		_, err = w.Write(block)
	}
	if err == nil {
		_, err = io.WriteString(w, `"}`)
	}
	s.debugUnsent(err)
}

// drip sends the answer byte by byte.
func (s *Server) drip(ctx context.Context, w http.ResponseWriter, done reply, pause time.Duration) {
	w.Header().Set("Content-Type", done.contentType)
	w.WriteHeader(done.status)
	out := http.NewResponseController(w)
	for i := range done.body {
		if _, err := w.Write(done.body[i : i+1]); err != nil {
			s.debugUnsent(err)
			return
		}
		if err := out.Flush(); err != nil || !wait(ctx, pause) {
			s.debugUnsent(err)
			return
		}
	}
}

// cutAnswer is the head of an answer and half of the body that it promises.
func cutAnswer(done reply) []byte {
	head := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
		done.status, http.StatusText(done.status), done.contentType, len(done.body))
	return append(head, done.body[:len(done.body)/2]...)
}

// resetConnection sends the bytes and then a TCP RST.
func (s *Server) resetConnection(w http.ResponseWriter, last []byte) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.log.Warn("connection cannot be reset", "error", err)
		return
	}
	if _, err := conn.Write(last); len(last) > 0 && err != nil {
		s.debugUnsent(err)
	}
	plain := conn
	if secured, isTLS := conn.(*tls.Conn); isTLS {
		plain = secured.NetConn()
	}
	if tcp, isTCP := plain.(*net.TCPConn); isTCP {
		// Without lingering, closing sends RST in place of FIN.
		if err := tcp.SetLinger(0); err != nil {
			s.debugUnsent(err)
		}
	}
	if err := plain.Close(); err != nil {
		s.debugUnsent(err)
	}
}

// unbound lifts the server's own time limits, which would end a fault too early.
// Connections that cannot do so keep their limits.
func unbound(w http.ResponseWriter) {
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Time{}) != nil || control.SetWriteDeadline(time.Time{}) != nil {
		return
	}
}

// wait waits, and reports whether the client stayed.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
