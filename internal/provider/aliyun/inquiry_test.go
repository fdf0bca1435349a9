package aliyun_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// FuzzSession is FuzzHandout for what STS answers.
func FuzzSession(f *testing.F) {
	const whole = `{"RequestId":"R","Credentials":{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2026-01-01T00:00:00Z"}}`
	for _, seed := range []string{
		whole, `{"AssumeRoleResponse":` + whole + `}`, `{"RequestId":"R","Credentials":null}`, `{"RequestId":"R","Credentials":[{}]}`,
		`{"RequestId":1,"Credentials":{"AccessKeyId":1,"AccessKeySecret":2,"SecurityToken":3,"Expiration":-1}}`,
		`{"Code":"AuthenticationFail.OIDCToken.Expired","RequestId":"R"}`, `[]`, `null`, `<html>`, ``,
	} {
		f.Add(200, []byte(seed), "Sat, 21 Nov 2026 17:00:00 GMT")
		f.Add(400, []byte(seed), "yesterday")
	}
	f.Fuzz(func(t *testing.T, status int, body []byte, date string) {
		got, err := aliyun.Session(status, http.Header{"Date": {date}}, body)
		switch {
		case err == nil && (got == "" || status < 200 || status > 299):
			t.Fatalf("status %d is taken for credentials", status)
		case err == nil:
			return
		case got != "":
			t.Fatal("an error came with credentials")
		}
		failure := provider.AsError(err)
		if len(failure.Error()) > 512 || failure.Kind == "" {
			t.Fatalf("unfit error: %+v", failure)
		}
		for _, c := range failure.Error() + failure.RequestID {
			if c < ' ' || c > '~' {
				t.Fatalf("unprintable error: %q", failure.Error())
			}
		}
	})
}

// FuzzLife checks that no clock makes credentials last longer than they do.
func FuzzLife(f *testing.F) {
	f.Add(int64(3600), int64(0), true)
	f.Add(int64(3600), int64(-86400), true)
	f.Add(int64(-1), int64(3600), true)
	f.Add(int64(1), int64(59), false)
	f.Fuzz(func(t *testing.T, life, ahead int64, isDated bool) {
		const year = 366 * 24 * 3600
		if life < -year || life > year || ahead < -year || ahead > year {
			return
		}
		now := time.Date(2026, time.November, 21, 17, 0, 0, 0, time.UTC)
		theirs := now.Add(time.Duration(ahead) * time.Second)
		expires, dated := theirs.Add(time.Duration(life)*time.Second), theirs
		if !isDated {
			dated = time.Time{}
		}
		lasts := aliyun.Lasts(expires, dated, now)
		if isDated && (lasts-time.Duration(life)*time.Second).Abs() > time.Minute {
			t.Fatalf("%d s from a clock %d s ahead last %s", life, ahead, lasts)
		}
		if !isDated && lasts != expires.Sub(now) {
			t.Fatalf("an end without a date was moved to %s from now", lasts)
		}
	})
}

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
