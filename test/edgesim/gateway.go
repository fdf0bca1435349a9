package edgesim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// reply is a finished answer, with what the journal calls its outcome.
type reply struct {
	status      int
	contentType string
	body        []byte
	location    string
	outcome     string
}

// serveAPI answers one request to the RPC API.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	c, err := newCall(r)
	if err == nil && r.Method != http.MethodGet && r.Method != http.MethodPost {
		err = unsupportedMethod()
	}
	if err != nil {
		s.write(w, c, s.refuse(c, err))
		return
	}
	headTold := c.action != ""
	if f, struck := s.faults.strikeEarly(c, s.now()); struck {
		s.resetEarly(r.Context(), w, c, f)
		return
	}
	if err := c.readBody(w); err != nil {
		s.write(w, c, s.refuse(c, err))
		return
	}
	c.entry.RequestBytes = len(c.body)
	settings := s.Settings()
	op, err := s.admit(w, c, settings)
	if err != nil {
		s.write(w, c, s.refuse(c, err))
		return
	}
	run := func() reply { return s.run(op, c, settings) }
	if f, struck := s.faults.strike(c, headTold, s.now()); struck {
		s.answerWithFault(r.Context(), &strike{w: w, call: c, fault: f, run: run})
		return
	}
	s.write(w, c, run())
}

// resetEarly resets the connection with the body unread, or read in part.
func (s *Server) resetEarly(ctx context.Context, w http.ResponseWriter, c *call, f Fault) {
	c.entry.Fault = f.Kind
	if !wait(ctx, time.Duration(f.Delay)) {
		s.record(c, OutcomeUnanswered, 0)
		return
	}
	n, err := io.CopyN(io.Discard, c.http.Body, f.Bytes)
	if err != nil && !errors.Is(err, io.EOF) {
		s.debugUnsent(err)
	}
	c.entry.RequestBytes = int(n)
	s.record(c, OutcomeUnanswered, 0)
	s.resetConnection(w, nil)
}

// admit decides whether the call may run: caller, operation, quota, in that order
// (inferred).
func (s *Server) admit(w http.ResponseWriter, c *call, settings Settings) (operation, error) {
	now := s.now()
	if err := s.authenticate(c, settings, now); err != nil {
		return operation{}, err
	}
	op, err := s.operation(c)
	if err != nil {
		return operation{}, err
	}
	if slices.Contains(c.key.DeniedOperations, c.action) {
		return operation{}, denied(op.product+":"+op.action, c.key.User)
	}
	limit := op.quota
	if own, set := settings.Quotas[op.action]; set {
		limit = own
	}
	if own, set := s.world.quota(c.account, op.action); set {
		limit = own
	}
	if left, ok := s.quotas.admit(c.account.id, op.action, limit, now); !ok {
		if settings.Throttle.TimeLeft {
			w.Header().Set("X-Ratelimit-User-Api", "Limit:"+strconv.Itoa(limit)+",TimeLeft:"+strconv.FormatInt(left.Milliseconds()+1, 10))
		}
		refused := throttled(settings.Throttle)
		return operation{}, &quotaError{refused}
	}
	return op, nil
}

// quotaError marks the refusals that the quota caused, whatever code is configured.
type quotaError struct{ *refusalError }

// Unwrap gives the refusal as it is answered.
func (o *quotaError) Unwrap() error { return o.refusalError }

// run runs the operation and encodes its answer.
func (s *Server) run(op operation, c *call, settings Settings) reply {
	answer, err := op.run(s, c, settings)
	if err != nil {
		return s.refuse(c, err)
	}
	switch {
	case settings.OmitRequestID:
	case settings.StrayNewline:
		answer["RequestId"] = c.entry.RequestID + "\n"
	default:
		answer["RequestId"] = c.entry.RequestID
	}
	root := c.action + "Response"
	if c.wrapper != "" {
		root = c.wrapper
		if c.format == formatJSON {
			answer = document{c.wrapper: answer}
		}
	}
	body, contentType, err := answer.encode(c.format, root)
	if err != nil {
		return s.refuse(c, internalError(err.Error()))
	}
	return reply{status: http.StatusOK, contentType: contentType, body: body, outcome: OutcomeOK}
}

// refuse makes an error the documented error answer.
func (s *Server) refuse(c *call, err error) reply {
	refused := new(refusalError)
	if !errors.As(err, &refused) {
		refused = internalError(err.Error())
	}
	outcome := refused.code
	if over := new(quotaError); errors.As(err, &over) {
		outcome = OutcomeThrottled
	}
	c.entry.Reason = refused.reason
	if c.refusal != nil {
		body, contentType, err := c.refusal(refused)
		if err != nil {
			return reply{status: http.StatusInternalServerError, outcome: outcome}
		}
		return reply{status: refused.status, contentType: contentType, body: body, outcome: outcome}
	}
	answer := document{
		"Code":      refused.code,
		"Message":   refused.message,
		"RequestId": c.entry.RequestID,
		"HostId":    c.http.Host,
		"Recommend": "https://api.aliyun.com/troubleshoot?q=" + url.QueryEscape(refused.code) + "&requestId=" + c.entry.RequestID,
	}
	if refused.detail != nil {
		answer["AccessDeniedDetail"] = refused.detail
	}
	body, contentType, err := answer.encode(c.format, "Error")
	if err != nil {
		return reply{status: http.StatusInternalServerError, outcome: outcome}
	}
	return reply{status: refused.status, contentType: contentType, body: body, outcome: outcome}
}

// write records the call and then answers, so that whoever has the answer finds the
// call in the journal.
func (s *Server) write(w http.ResponseWriter, c *call, r reply) {
	s.record(c, r.outcome, r.status)
	s.send(w, r)
}

// send answers.
func (s *Server) send(w http.ResponseWriter, r reply) {
	if r.contentType != "" {
		w.Header().Set("Content-Type", r.contentType)
	}
	if r.location != "" {
		w.Header().Set("Location", r.location)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	if _, err := w.Write(r.body); err != nil {
		s.debugUnsent(err)
	}
}

// record adds the call to the journal and the log.
func (s *Server) record(c *call, outcome string, status int) {
	c.entry.Time, c.entry.Outcome, c.entry.Status = s.now(), outcome, status
	e := s.journal.add(c.entry)
	s.log.Debug("call", "operation", e.Operation, "account", e.Account, "domain", e.Domain, "outcome", e.Outcome,
		"status", e.Status, "fingerprint", e.Fingerprint, "reason", e.Reason, "fault", string(e.Fault), "requestID", e.RequestID)
}
