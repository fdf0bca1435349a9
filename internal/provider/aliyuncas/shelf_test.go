package aliyuncas_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// row is a certificate or an order on a shelf.
type row struct {
	id                       int
	name, sha2, sans, status string
	instance, since          string
	uploaded, order          bool
}

// shelf lists rows as the page of ListUserCertificateOrder says: by domain or
// resource and never by name, expired ones only if asked for.
type shelf struct {
	rows []row
	// deaf makes the search find nothing.
	deaf bool
	// silent leaves TotalCount out.
	silent bool
	asked  []url.Values
}

func (s *shelf) list(form url.Values) (int, any) {
	s.asked = append(s.asked, form)
	var found []map[string]any
	for _, r := range s.rows {
		if s.matches(r, form) {
			found = append(found, r.fields())
		}
	}
	page, size := number(form, "CurrentPage"), number(form, "ShowSize")
	from, to := min((page-1)*size, len(found)), min(page*size, len(found))
	reply := map[string]any{"CertificateOrderList": found[from:to]}
	if !s.silent {
		reply["TotalCount"] = len(found)
	}
	return replying(reply)(form)
}

func (s *shelf) matches(r row, form url.Values) bool {
	expired := r.status == "EXPIRED"
	switch form.Get("OrderType") {
	case "CPACK":
		return r.order
	case "UPLOAD":
		if !r.uploaded {
			return false
		}
	}
	keyword := form.Get("Keyword")
	found := !s.deaf && slices.ContainsFunc(strings.Split(r.sans, ","), func(name string) bool { return strings.Contains(name, keyword) })
	return !r.order && expired == (form.Get("Status") == "EXPIRED") && (keyword == "" || found)
}

func (r row) fields() map[string]any {
	if r.order {
		return map[string]any{"InstanceId": r.instance, "Status": r.status}
	}
	return map[string]any{"CertificateId": r.id, "Name": r.name, "Sha2": r.sha2, "Sans": r.sans, "Status": r.status,
		"InstanceId": r.instance, "StartDate": r.since}
}

func number(form url.Values, field string) int {
	value, err := strconv.Atoi(form.Get(field))
	if err != nil {
		return 0
	}
	return value
}

// keywords are those of all requests, in order.
func (s *shelf) keywords() []string {
	var keywords []string
	for _, form := range s.asked {
		keywords = append(keywords, form.Get("Keyword"))
	}
	return keywords
}
