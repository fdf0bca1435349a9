package aliyun

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"

	"github.com/domaincert/domaincert/internal/provider/transport"
)

// errPanic is a panic in the SDK.
var errPanic = errors.New("panic in the SDK")

// reply is an answer as it came off the wire.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// wire is the HTTP client that the SDK gets for one call. It sends the signed
// request and keeps the answer for itself: the SDK sees an empty success, since
// it loses the status of what is not JSON, takes nothing for a success and
// quotes replies in its errors.
type wire struct {
	client *http.Client
	// formOnly is signature V1 as it is known to work: all of it in the form
	// body, nothing in the URL, and no header that belongs to V3.
	formOnly bool

	sent  bool
	reply reply
	err   error
}

var _ dara.HttpClient = (*wire)(nil)

// Call implements the SDK's HttpClient. The transport that the SDK made up for
// the request is not used.
func (w *wire) Call(request *http.Request, _ *http.Transport) (*http.Response, error) {
	w.sent = true
	w.reply, w.err = w.send(request)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func (w *wire) send(request *http.Request) (reply, error) {
	// The SDK adds the password of a proxy from the environment to the request
	// itself, which takes it to the product's host. The transport presents it
	// to the proxy, and only there.
	request.Header.Del("Proxy-Authorization")
	if w.formOnly {
		if err := moveQueryToForm(request); err != nil {
			return reply{}, err
		}
	}
	return roundTrip(w.client, request)
}

// roundTrip sends a request and reads the whole reply, if it is not too long.
func roundTrip(client *http.Client, request *http.Request) (reply, error) {
	status, header, body, err := transport.Send(client, request)
	return reply{status: status, header: header, body: body}, err
}

// moveQueryToForm keeps the URL bare. Signature V1 covers all parameters
// together, wherever they travel, and URLs end up in the logs of proxies.
func moveQueryToForm(request *http.Request) error {
	// What a gateway takes for the signature's version is undocumented; the
	// SDK's mixture of both is not worth trying.
	maps.DeleteFunc(request.Header, func(name string, _ []string) bool {
		return strings.HasPrefix(strings.ToLower(name), "x-acs-")
	})
	form := request.URL.RawQuery
	if request.Body != nil {
		rest, err := io.ReadAll(request.Body)
		if err != nil {
			return err
		}
		if len(rest) > 0 {
			form += "&" + string(rest)
			clear(rest) // the private key is in there; strings cannot be cleared
		}
	}
	request.URL.RawQuery = ""
	request.Body = io.NopCloser(strings.NewReader(form))
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(form)), nil }
	request.ContentLength = int64(len(form))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return nil
}

// signAndSend lets an SDK client of its own, since sharing one is a race,
// sign the call and send it through the wire.
//
// A panic in the SDK ends here, without its text: the reconciler's recovery
// would log the value, and the SDK panics with what it was working on.
func signAndSend(ctx context.Context, w *wire, a *attempt, dated time.Time) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	who, scheme, signature := a.who, a.at.Scheme, a.client.signature
	config := &openapiutil.Config{
		AccessKeyId:     &who.accessKeyID,
		AccessKeySecret: &who.accessKeySecret,
		SecurityToken:   &who.securityToken,
		Endpoint:        &a.at.Host,
		Protocol:        &scheme,
		UserAgent:       dara.String("domaincert"),
		HttpClient:      w,
	}
	if signature == SignatureV1 {
		config.SignatureAlgorithm = dara.String("v2") // the SDK's name for RPC with HMAC-SHA1
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		return transport.ErrUnsent
	}
	method, request := http.MethodPost, &openapiutil.OpenApiRequest{}
	switch {
	case a.operation.Get && signature == SignatureV3:
		method, request.Query = http.MethodGet, pointers(a.parameters)
	case len(a.parameters) > 0:
		request.Body = a.parameters
	}
	date(request, signature, dated)
	authentication := "AK"
	if a.operation.unsigned {
		authentication = "Anonymous"
	}
	params := &openapiutil.Params{
		Action:      &a.operation.Action,
		Version:     &a.operation.Version,
		Protocol:    &scheme,
		Pathname:    dara.String("/"),
		Method:      &method,
		AuthType:    &authentication,
		Style:       dara.String("RPC"),
		ReqBodyType: dara.String("formData"),
		BodyType:    dara.String("none"),
	}
	if _, err := client.CallApiWithCtx(ctx, params, request, &dara.RuntimeOptions{}); err != nil && !w.sent {
		return transport.ErrUnsent
	}
	return w.err
}

// date puts a date in place of the SDK's own, which is that of the node's clock
// (signature V3, x-acs-date; V1, Timestamp).
func date(request *openapiutil.OpenApiRequest, signature string, dated time.Time) {
	text := dated.UTC().Format("2006-01-02T15:04:05Z")
	if signature == SignatureV1 {
		request.Query = map[string]*string{"Timestamp": &text}
		return
	}
	request.Headers = map[string]*string{"x-acs-date": &text}
}

// pointers is what the SDK takes for a query.
func pointers(parameters map[string]string) map[string]*string {
	query := make(map[string]*string, len(parameters))
	for name, value := range parameters {
		query[name] = &value
	}
	return query
}
