package edgesim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// longestFault ends hanging and dripping answers to clients that never leave.
const longestFault = 10 * time.Minute

// strike is one fault striking one call.
type strike struct {
	server *Server
	w      http.ResponseWriter
	call   *call
	fault  Fault
	// run runs the operation; done is its reply once it ran.
	run  func() reply
	done reply
}

// faultAnswers is the table of what each kind of fault does, once Delay has passed.
func faultAnswers() map[FaultKind]func(*strike, context.Context) {
	return map[FaultKind]func(*strike, context.Context){
		FaultDelay:     (*strike).answer,
		FaultError:     (*strike).refuse,
		FaultHang:      (*strike).hang,
		FaultReset:     (*strike).reset,
		FaultAccept:    (*strike).answer,
		FaultStale:     (*strike).answer,
		FaultAlternate: (*strike).answer,
		FaultHTML:      (*strike).html,
		FaultRedirect:  (*strike).redirect,
		FaultEmpty:     (*strike).empty,
		FaultTruncate:  (*strike).truncate,
		FaultCut:       (*strike).cut,
		FaultHuge:      (*strike).huge,
		FaultDrip:      (*strike).drip,
	}
}

// answerWithFault answers a call that a fault strikes.
func (s *Server) answerWithFault(ctx context.Context, hit *strike) {
	ctx, cancel := context.WithTimeout(ctx, longestFault)
	defer cancel()
	hit.server, hit.call.entry.Fault = s, hit.fault.Kind
	s.unbound(hit.w)
	hit.call.withoutEffect = hit.fault.Kind == FaultAccept
	hit.call.stale = hit.fault.Kind == FaultStale || (hit.fault.Kind == FaultAlternate && hit.fault.Struck%2 == 0)
	if hit.fault.Applied {
		hit.work()
	}
	// A drip's Delay is its pace.
	if hit.fault.Kind != FaultDrip && !wait(ctx, time.Duration(hit.fault.Delay)) {
		hit.lose(0)
		return
	}
	for name, value := range hit.fault.Headers {
		hit.w.Header().Set(name, value)
	}
	faultAnswers()[hit.fault.Kind](hit, ctx)
}

// work runs the operation unless it ran already.
func (hit *strike) work() {
	if hit.done.status == 0 {
		hit.done = hit.run()
	}
}

// lose records that the client got no proper answer. A refusal that the operation
// made keeps its code.
func (hit *strike) lose(status int) {
	outcome := hit.done.outcome
	switch outcome {
	case "":
		outcome = OutcomeUnanswered
	case OutcomeOK:
		outcome = OutcomeLost
	}
	hit.server.record(hit.call, outcome, status)
}

func (hit *strike) answer(context.Context) {
	hit.work()
	hit.server.write(hit.w, hit.call, hit.done)
}

func (hit *strike) refuse(context.Context) {
	f := hit.fault
	hit.server.write(hit.w, hit.call, hit.server.refuse(hit.call, &refusalError{status: f.Status, code: f.Code, message: f.Message}))
}

func (hit *strike) hang(ctx context.Context) {
	hit.lose(0)
	<-ctx.Done()
}

func (hit *strike) reset(context.Context) {
	hit.lose(0)
	hit.server.resetConnection(hit.w, nil)
}

func (hit *strike) html(context.Context) {
	status := hit.fault.Status
	hit.lose(status)
	page := fmt.Appendf(nil, "<html><head><title>%d</title></head><body>%[1]d from the load balancer</body></html>", status)
	hit.server.send(hit.w, reply{status: status, contentType: "text/html", body: page})
}

func (hit *strike) redirect(context.Context) {
	hit.lose(hit.fault.Status)
	hit.w.Header().Set("Location", hit.fault.Location)
	hit.server.send(hit.w, reply{status: hit.fault.Status})
}

func (hit *strike) empty(context.Context) {
	hit.work()
	hit.lose(hit.fault.Status)
	hit.server.send(hit.w, reply{status: hit.fault.Status, contentType: hit.done.contentType})
}

func (hit *strike) truncate(context.Context) {
	hit.work()
	hit.lose(hit.done.status)
	half := hit.done
	half.body, half.location = half.body[:len(half.body)/2], ""
	hit.server.send(hit.w, half)
}

// cut sends the head of the answer and half of the body that it promises.
func (hit *strike) cut(context.Context) {
	hit.work()
	hit.lose(hit.done.status)
	body := hit.done.body
	head := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
		hit.done.status, http.StatusText(hit.done.status), hit.done.contentType, len(body))
	hit.server.resetConnection(hit.w, append(head, body[:len(body)/2]...))
}

// huge streams valid JSON of about the length asked for.
func (hit *strike) huge(ctx context.Context) {
	hit.work()
	hit.lose(hit.done.status)
	hit.w.Header().Set("Content-Type", hit.done.contentType)
	hit.w.WriteHeader(hit.done.status)
	block := bytes.Repeat([]byte("x"), 32<<10)
	_, err := io.WriteString(hit.w, `{"Padding":"`)
	for sent := int64(0); err == nil && sent < hit.fault.Bytes && ctx.Err() == nil; sent += int64(len(block)) {
		_, err = hit.w.Write(block)
	}
	if err == nil {
		_, err = io.WriteString(hit.w, `"}`)
	}
	hit.server.debugUnsent(err)
}

// drip sends the answer byte by byte.
func (hit *strike) drip(ctx context.Context) {
	hit.work()
	hit.lose(hit.done.status)
	if hit.done.location != "" {
		hit.w.Header().Set("Location", hit.done.location)
	}
	hit.w.Header().Set("Content-Type", hit.done.contentType)
	hit.w.WriteHeader(hit.done.status)
	out := http.NewResponseController(hit.w)
	for i := range hit.done.body {
		_, err := hit.w.Write(hit.done.body[i : i+1])
		if err == nil {
			err = out.Flush()
		}
		if err != nil || !wait(ctx, time.Duration(hit.fault.Delay)) {
			hit.server.debugUnsent(err)
			return
		}
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
