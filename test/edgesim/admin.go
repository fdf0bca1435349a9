package edgesim

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// adminRoutes is the admin API. It mirrors the methods of Server.
func (s *Server) adminRoutes() http.Handler {
	routes := http.NewServeMux()
	for pattern, answer := range map[string]http.HandlerFunc{
		"GET /healthz":       s.getHealth,
		"GET /ca.pem":        s.getCA,
		"GET /journal":       s.getJournal,
		"DELETE /journal":    s.deleteJournal,
		"GET /accounts":      s.getAccounts,
		"POST /accounts":     s.postAccount,
		"DELETE /accounts":   s.deleteAccount,
		"GET /domains":       s.getDomains,
		"POST /domains":      s.postDomain,
		"DELETE /domains":    s.deleteDomain,
		"GET /faults":        s.getFaults,
		"POST /faults":       s.postFault,
		"DELETE /faults":     s.deleteFault,
		"GET /certificates":  s.getCertificates,
		"POST /certificates": s.postCertificate,
		"DELETE /sessions":   s.deleteSessions,
		"GET /edge":          s.getEdge,
		"POST /edge":         s.postEdge,
		"GET /settings":      s.getSettings,
		"POST /settings":     s.postSettings,
		"POST /reset":        s.postReset,
		"/":                  s.noRoute,
	} {
		routes.HandleFunc(pattern, answer)
	}
	s.cdnproAdminRoutes(routes)
	return routes
}

func (s *Server) getHealth(w http.ResponseWriter, _ *http.Request) {
	s.adminAnswer(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (s *Server) getCA(w http.ResponseWriter, _ *http.Request) {
	s.send(w, reply{status: http.StatusOK, contentType: "application/x-pem-file", body: s.CAPEM()})
}

func (s *Server) getJournal(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	q := Query{Account: asked.Get("account"), Operation: asked.Get("operation"), Domain: asked.Get("domain"),
		Outcome: asked.Get("outcome"), CertificateName: asked.Get("certificateName"), CertID: asked.Get("certID"),
		Fingerprint: asked.Get("fingerprint")}
	if after := asked.Get("after"); after != "" {
		number, err := strconv.ParseUint(after, 10, 64)
		if err != nil {
			s.adminRefuse(w, http.StatusBadRequest, errors.New("after must be a sequence number"))
			return
		}
		q.After = number
	}
	s.adminAnswer(w, http.StatusOK, s.Journal(q))
}

func (s *Server) deleteJournal(w http.ResponseWriter, _ *http.Request) {
	s.ClearJournal()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) getAccounts(w http.ResponseWriter, _ *http.Request) {
	s.adminAnswer(w, http.StatusOK, s.Accounts())
}

func (s *Server) postAccount(w http.ResponseWriter, r *http.Request) {
	var a Account
	s.change(w, r, &a, func() error { return s.PutAccount(a) })
}

func (s *Server) deleteAccount(w http.ResponseWriter, r *http.Request) {
	s.removed(w, s.RemoveAccount(r.URL.Query().Get("id")), "no such account; name it with ?id=")
}

// domainForm is a domain with the account that it belongs to.
type domainForm struct {
	Account string `json:"account"`
	Domain
}

func (s *Server) getDomains(w http.ResponseWriter, r *http.Request) {
	wanted := r.URL.Query().Get("account")
	list := []domainForm{}
	for _, a := range s.Accounts() {
		if !is(wanted, a.ID) {
			continue
		}
		for _, d := range a.Domains {
			list = append(list, domainForm{Account: a.ID, Domain: d})
		}
	}
	s.adminAnswer(w, http.StatusOK, list)
}

func (s *Server) postDomain(w http.ResponseWriter, r *http.Request) {
	var form domainForm
	s.change(w, r, &form, func() error { return s.PutDomain(form.Account, form.Domain) })
}

func (s *Server) deleteDomain(w http.ResponseWriter, r *http.Request) {
	s.removed(w, s.RemoveDomain(r.URL.Query().Get("name")), "no such domain; name it with ?name=")
}

// storedForm is a stored certificate with the account that it belongs to.
type storedForm struct {
	Account string `json:"account"`
	StoredCertificate
}

func (s *Server) getCertificates(w http.ResponseWriter, r *http.Request) {
	wanted := r.URL.Query().Get("account")
	list := []storedForm{}
	for _, a := range s.Accounts() {
		if !is(wanted, a.ID) {
			continue
		}
		for _, c := range s.Stored(a.ID) {
			list = append(list, storedForm{Account: a.ID, StoredCertificate: c})
		}
	}
	s.adminAnswer(w, http.StatusOK, list)
}

func (s *Server) postCertificate(w http.ResponseWriter, r *http.Request) {
	var form struct {
		Account string `json:"account"`
		Name    string `json:"name"`
		Status  string `json:"status"`
	}
	s.change(w, r, &form, func() error { return s.SetCertificateStatus(form.Account, form.Name, form.Status) })
}

func (s *Server) getFaults(w http.ResponseWriter, _ *http.Request) {
	s.adminAnswer(w, http.StatusOK, s.Faults())
}

func (s *Server) postFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if err := readForm(w, r, &f); err != nil {
		s.adminRefuse(w, http.StatusBadRequest, err)
		return
	}
	id, err := s.AddFault(f)
	if err != nil {
		s.adminRefuse(w, http.StatusBadRequest, err)
		return
	}
	s.adminAnswer(w, http.StatusCreated, map[string]string{"id": id})
}

func (s *Server) deleteFault(w http.ResponseWriter, r *http.Request) {
	s.removed(w, s.faults.remove(r.URL.Query().Get("id")), "no such fault")
}

func (s *Server) getEdge(w http.ResponseWriter, r *http.Request) {
	state, known := s.Edge(r.URL.Query().Get("domain"))
	if !known {
		s.adminRefuse(w, http.StatusNotFound, errors.New("no account has this domain; name it with ?domain="))
		return
	}
	s.adminAnswer(w, http.StatusOK, state)
}

func (s *Server) postEdge(w http.ResponseWriter, r *http.Request) {
	var form struct {
		Domain          string `json:"domain"`
		CertificateName string `json:"certificateName"`
		Certificate     string `json:"certificate"`
		PrivateKey      Secret `json:"privateKey"`
	}
	s.change(w, r, &form, func() error {
		return s.SetOutOfBand(form.Domain, form.CertificateName, []byte(form.Certificate), []byte(form.PrivateKey))
	})
}

func (s *Server) getSettings(w http.ResponseWriter, _ *http.Request) {
	s.adminAnswer(w, http.StatusOK, s.Settings())
}

// postSettings changes the fields that the form names and keeps the others.
func (s *Server) postSettings(w http.ResponseWriter, r *http.Request) {
	s.changing.Lock()
	defer s.changing.Unlock()
	settings := s.Settings()
	s.change(w, r, &settings, func() error { return s.setSettings(settings) })
}

func (s *Server) postReset(w http.ResponseWriter, _ *http.Request) {
	if err := s.Reset(); err != nil {
		s.adminRefuse(w, http.StatusInternalServerError, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) noRoute(w http.ResponseWriter, _ *http.Request) {
	s.adminRefuse(w, http.StatusNotFound, errors.New("routes: GET /healthz, GET /ca.pem, GET|DELETE /journal, GET|POST|DELETE /accounts, "+
		"GET|POST|DELETE /domains, GET|POST /certificates?account=, GET|POST|DELETE /faults, DELETE /sessions, GET|POST /edge?domain=, "+
		"GET|POST /settings, POST /reset, GET|POST /cdnpro/certificates, GET|POST /cdnpro/properties, GET /cdnpro/tasks, "+
		"POST /cdnpro/failures"))
}

// change reads a form and makes the change that it asks for.
func (s *Server) change(w http.ResponseWriter, r *http.Request, form any, apply func() error) {
	err := readForm(w, r, form)
	if err == nil {
		err = apply()
	}
	if err != nil {
		s.adminRefuse(w, http.StatusBadRequest, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) removed(w http.ResponseWriter, existed bool, otherwise string) {
	if !existed {
		s.adminRefuse(w, http.StatusNotFound, errors.New(otherwise))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// readForm reads one JSON value, refusing fields that it does not know: a misspelt
// one would be silently without effect.
func readForm(w http.ResponseWriter, r *http.Request, form any) error {
	const longest = 16 << 20
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, longest))
	decoder.DisallowUnknownFields()
	return decoder.Decode(form)
}

func (s *Server) adminRefuse(w http.ResponseWriter, status int, err error) {
	s.adminAnswer(w, status, map[string]string{"error": strings.TrimSpace(err.Error())})
}

func (s *Server) adminAnswer(w http.ResponseWriter, status int, answer any) {
	body, err := json.MarshalIndent(answer, "", "  ")
	if err != nil {
		s.log.Warn("admin answer cannot be encoded", "error", err)
		status, body = http.StatusInternalServerError, []byte(`{"error":"cannot be encoded"}`)
	}
	s.send(w, reply{status: status, contentType: "application/json", body: append(body, '\n')})
}
