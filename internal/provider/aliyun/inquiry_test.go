package aliyun_test

import (
	"testing"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

func FuzzHandout(f *testing.F) {
	for _, seed := range []string{
		`{"Code":"Success","AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2026-01-01T00:00:00Z"}`,
		`{"AccessKeyId":1,"AccessKeySecret":{},"Expiration":1767225600}`, `{"Code":"Failed"}`, `[]`, `null`, `<html>`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		whole, err := aliyun.Handout(body)
		if err == nil {
			if whole == "" {
				t.Fatal("credentials without a part")
			}
			return
		}
		if whole != "" {
			t.Fatal("an error came with credentials")
		}
		failure := provider.AsError(err)
		if len(failure.Error()) > 512 || failure.Kind == "" {
			t.Fatalf("unfit error: %+v", failure)
		}
		for _, c := range failure.Error() {
			if c < ' ' || c > '~' {
				t.Fatalf("unprintable error: %q", failure.Error())
			}
		}
	})
}
