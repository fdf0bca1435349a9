package transport_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

// FuzzParseEndpoint checks that what is taken for an endpoint leads to its host and
// nowhere else, and that what is refused is not repeated.
func FuzzParseEndpoint(f *testing.F) {
	for _, seed := range []string{
		"live.aliyuncs.com", "https://live.aliyuncs.com:443", "http://127.0.0.1:8790", "https://[::1]:443/", "HTTP://Edge",
		"https://user:secret@a", "a/b", "a?b", "a#b", "a:", "ftp://a", "//a", "a@b", "a b", "a\r\nHost: b", "https://a\\@b", "[::1%25lo]:1", "%61", "::1", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		endpoint, err := transport.ParseEndpoint(text)
		if err != nil {
			failure := provider.AsError(err)
			if failure.Code != "configuration" || !failure.Account || len(text) > 40 && strings.Contains(failure.Error(), text) {
				t.Fatalf("unfit error: %+v", failure)
			}
			return
		}
		if endpoint.Scheme != "http" && endpoint.Scheme != "https" {
			t.Fatalf("%q is called by %q", text, endpoint.Scheme)
		}
		if endpoint.Scheme == "http" && !strings.HasPrefix(strings.ToLower(text), "http://") {
			t.Fatalf("%q is called in the clear", text)
		}
		request, err := http.NewRequest(http.MethodPost, endpoint.Scheme+"://"+endpoint.Host+"/cdn/x", http.NoBody)
		if err != nil {
			t.Fatalf("%q cannot be called: %v", text, err)
		}
		if request.URL.Host != endpoint.Host || request.URL.Path != "/cdn/x" || request.URL.User != nil || request.URL.RawQuery != "" {
			t.Fatalf("%q leads to %q", text, request.URL)
		}
		if !strings.Contains(strings.ToLower(text), strings.ToLower(request.URL.Hostname())) {
			t.Fatalf("%q leads to another host, %q", text, request.URL.Hostname())
		}
		if again, err := transport.ParseEndpoint(endpoint.Scheme + "://" + endpoint.Host); err != nil || again != endpoint {
			t.Fatalf("%q is not the same when it is read again: %v, %v", text, again, err)
		}
	})
}
