package certbundle_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/format"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("PrivateKey", func() {
	pair := testcerts.NewCA("Example").Issue(testcerts.Options{DNSNames: []string{"live.example.com"}})

	parse := func() certbundle.Bundle { return mustParse(pair.CertificatePEM, pair.KeyPEM) }

	DescribeTable("prints as one word with every verb", func(verb string) {
		key := parse().PrivateKey()
		Expect(fmt.Sprintf(verb, key)).To(Equal("REDACTED"))
		Expect(fmt.Sprintf(verb, &key)).To(Equal("REDACTED"))
	},
		Entry(nil, "%v"), Entry(nil, "%+v"), Entry(nil, "%#v"), Entry(nil, "%s"), Entry(nil, "%q"),
		Entry(nil, "%x"), Entry(nil, "%X"), Entry(nil, "%d"), Entry(nil, "%c"), Entry(nil, "%t"),
	)

	It("prints as one word in encoders and logs", func() {
		key := parse().PrivateKey()
		Expect(json.Marshal(map[string]any{"key": key})).To(MatchJSON(`{"key":"REDACTED"}`))
		Expect(xml.Marshal(key)).To(ContainSubstring("REDACTED"))
		Expect(key.String()).To(Equal("REDACTED"))
		Expect(key.GoString()).To(Equal("REDACTED"))
		Expect(key.MarshalText()).To(Equal([]byte("REDACTED")))
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("deploy", "key", key)
		slog.New(slog.NewTextHandler(&log, nil)).Info("deploy", "key", key)
		Expect(log.String()).To(ContainSubstring(`"key":"REDACTED"`))
		Expect(log.String()).To(ContainSubstring(`key=REDACTED`))
	})

	It("stays hidden inside of what holds it", func() {
		key := parse().PrivateKey()
		holder := struct {
			bundle certbundle.Bundle
			key    *certbundle.PrivateKey
		}{parse(), &key}
		body := bytes.Split(key.Bytes(), []byte("\n"))[1]
		numbers := bytes.Trim(fmt.Append(nil, body[:16]), "[]")
		printouts := []string{format.Object(holder, 1), format.Object(key, 1)}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%p"} {
			printouts = append(printouts, fmt.Sprintf(verb, holder), fmt.Sprintf(verb, key))
		}
		for _, printed := range printouts {
			Expect(printed).NotTo(ContainSubstring(string(body[:16])))
			Expect(printed).NotTo(ContainSubstring(string(numbers)))
			Expect(printed).NotTo(ContainSubstring(hex.EncodeToString(body[:16])))
		}
	})

	It("is zero everywhere after Clear", func() {
		bundle := parse()
		copied, revealed := bundle, bundle.PrivateKey().Bytes()
		Expect(revealed).To(ContainSubstring("PRIVATE KEY"))
		bundle.Clear()
		zeros := make([]byte, len(revealed))
		Expect(revealed).To(Equal(zeros))
		Expect(copied.PrivateKey().Bytes()).To(Equal(zeros))
	})

	It("is harmless as a zero value", func() {
		var bundle certbundle.Bundle
		bundle.Clear()
		Expect(bundle.PrivateKey().Bytes()).To(BeNil())
		Expect(fmt.Sprint(bundle.PrivateKey())).To(Equal("REDACTED"))
	})
})
