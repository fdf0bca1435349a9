// Package aliyuncas knows the certificates that live in Alibaba Cloud's
// Certificate Management Service (CAS, API version 2020-04-07).
//
// Four facts about the service shape it. A stored certificate never changes: a
// renewal is another one with another id, and the one before it stays until it is
// deleted. Names of uploads are unique in an account, so that a name which tells
// the content makes an upload safe to repeat. The call that reads a certificate
// returns its private key unless told not to, and then returns no body either,
// so that Sha2 is what identifies it. And the list is searched by domain, never
// by name, and shows what is expired only if asked for that.
package aliyuncas

import (
	"context"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// version of the product's API.
const version = "2020-04-07"

// Users tells which domains a product serves with an upload, and how many requests
// it took to find out.
type Users func(ctx context.Context, upload provider.Upload) (domains []string, calls int, err error)

// Adapter is Certificate Management Service as one account, at one of its
// endpoints: what is stored at another is not seen. It keeps no state and is safe
// for concurrent use.
type Adapter struct {
	client *aliyun.Client
	users  Users

	list, detail, upload, remove, quota aliyun.Operation
}

var (
	_ provider.Catalog    = (*Adapter)(nil)
	_ provider.Repository = (*Adapter)(nil)
	_ provider.Gauge      = (*Adapter)(nil)
)

// New returns an adapter that calls through client, whose endpoint must be
// Certificate Management Service's. Users is asked before an upload is removed; nil
// if the product cannot be asked, see [Adapter.Remove].
func New(client *aliyun.Client, users Users) *Adapter {
	return &Adapter{
		client: client,
		users:  users,
		list:   aliyun.Operation{Action: "ListUserCertificateOrder", Version: version, Codes: readCodes("ListUserCertificateOrder")},
		detail: aliyun.Operation{Action: "GetUserCertificateDetail", Version: version, Codes: readCodes("GetUserCertificateDetail")},
		upload: aliyun.Operation{Action: "UploadUserCertificate", Version: version, Codes: uploadCodes()},
		remove: aliyun.Operation{Action: "DeleteUserCertificate", Version: version, Codes: removeCodes()},
		quota:  aliyun.Operation{Action: "GetCertWarehouseQuota", Version: version, Codes: readCodes("GetCertWarehouseQuota")},
	}
}

// call makes a call and decodes its reply.
func call[Reply any](ctx context.Context, client *aliyun.Client, operation aliyun.Operation, parameters map[string]string) (reply Reply, requestID string, err error) {
	response, err := client.Call(ctx, operation, parameters)
	if err != nil {
		return reply, "", err
	}
	return reply, response.RequestID, response.Decode(&reply)
}
