package edgesim

import "net/http"

// casVersion is Certificate Management Service's API version.
const casVersion = "2020-04-07"

// casOperations is the table of Certificate Management Service. Quotas are those of each
// operation's page.
func casOperations() []operation {
	row := func(action string, quota int, run func(*Server, *call, Settings) (document, error)) operation {
		return operation{version: casVersion, action: action, product: string(certificateService), quota: quota, run: run}
	}
	return []operation{
		row("UploadUserCertificate", 100, (*Server).uploadUserCertificate),
		row("DeleteUserCertificate", 100, (*Server).deleteUserCertificate),
		row("ListUserCertificateOrder", 10, (*Server).listUserCertificateOrder),
		row("GetUserCertificateDetail", 100, (*Server).getUserCertificateDetail),
		row("GetCertWarehouseQuota", 10, (*Server).getCertWarehouseQuota),
	}
}

// The service's own refusals. Its pages name no codes; all of these are inferred. "name
// repeated" is a message that users of the service report.

func nameRepeated() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "NameRepeat", message: "The certificate name is repeated."}
}

func repositoryFull() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "QuotaExceeded", message: "The quota of uploaded certificates is used up."}
}

func certificateInUse() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "CertificateInUse", message: "The certificate is in use by a cloud resource."}
}
