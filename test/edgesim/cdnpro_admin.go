package edgesim

import "net/http"

// cdnproAdminRoutes adds the routes that mirror the methods of Server for CDN Pro.
func (s *Server) cdnproAdminRoutes(routes *http.ServeMux) {
	for pattern, answer := range map[string]http.HandlerFunc{
		"GET /cdnpro/certificates":  s.getCDNProCertificates,
		"POST /cdnpro/certificates": s.postCDNProCertificate,
		"GET /cdnpro/properties":    s.getCDNProProperties,
		"POST /cdnpro/properties":   s.postCDNProProperty,
		"GET /cdnpro/tasks":         s.getCDNProTasks,
		"POST /cdnpro/failures":     s.postCDNProFailure,
	} {
		routes.HandleFunc(pattern, answer)
	}
}

func (s *Server) getCDNProCertificates(w http.ResponseWriter, r *http.Request) {
	s.adminAnswer(w, http.StatusOK, s.CDNProCertificates(r.URL.Query().Get("account")))
}

// postCDNProCertificate answers which certificate and version it made.
func (s *Server) postCDNProCertificate(w http.ResponseWriter, r *http.Request) {
	var form struct {
		Account string `json:"account"`
		CDNProCertificate
	}
	err := readForm(w, r, &form)
	if err != nil {
		s.adminRefuse(w, http.StatusBadRequest, err)
		return
	}
	id, version, err := s.PutCDNProCertificate(form.Account, form.CDNProCertificate)
	if err != nil {
		s.adminRefuse(w, http.StatusBadRequest, err)
		return
	}
	s.adminAnswer(w, http.StatusCreated, document{"id": id, "version": version})
}

// cdnproPropertyForm is a property with the account that it belongs to.
type cdnproPropertyForm struct {
	Account string `json:"account"`
	CDNProProperty
}

func (s *Server) getCDNProProperties(w http.ResponseWriter, r *http.Request) {
	wanted := r.URL.Query().Get("account")
	list := []cdnproPropertyForm{}
	for _, a := range s.Accounts() {
		if a.CDNPro == nil || !is(wanted, a.ID) {
			continue
		}
		for _, p := range a.CDNPro.Properties {
			list = append(list, cdnproPropertyForm{Account: a.ID, CDNProProperty: p})
		}
	}
	s.adminAnswer(w, http.StatusOK, list)
}

func (s *Server) postCDNProProperty(w http.ResponseWriter, r *http.Request) {
	var form cdnproPropertyForm
	s.change(w, r, &form, func() error { return s.PutCDNProProperty(form.Account, form.CDNProProperty) })
}

func (s *Server) getCDNProTasks(w http.ResponseWriter, r *http.Request) {
	s.adminAnswer(w, http.StatusOK, s.CDNProTasks(r.URL.Query().Get("account")))
}

func (s *Server) postCDNProFailure(w http.ResponseWriter, r *http.Request) {
	var form CDNProFailure
	s.change(w, r, &form, func() error { return s.FailCDNProTasks(form) })
}
