package provider_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
)

// request is what a recorder was told.
type request struct {
	method   string
	err      *provider.Error
	duration time.Duration
}

type recorder []request

func (r *recorder) Request(method string, err *provider.Error, duration time.Duration) {
	*r = append(*r, request{method, err, duration})
}

func TestInstrumentReportsEveryCall(t *testing.T) {
	denied := &provider.Error{Kind: provider.Denied}
	for _, test := range []struct {
		reason   string
		err      error
		reported *provider.Error
	}{
		{"success", nil, nil},
		{"an error of ours", denied, denied},
		{"a foreign error, without its text", errors.New("key"), &provider.Error{Kind: provider.Unavailable, Code: "internal"}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, records := NewWithT(t), &recorder{}
				instrumented := provider.Instrument(&slow{latency: func() time.Duration { return 7 * time.Second }, calls: 2, err: test.err}, records)

				observation, err := instrumented.Observe(t.Context(), provider.Target{})
				g.Expect(observation.Calls).To(Equal(2))
				for _, err := range []error{err, deploy(instrumented, provider.Target{}), withdraw(instrumented, provider.Target{})} {
					if test.err == nil {
						g.Expect(err).NotTo(HaveOccurred())
					} else {
						g.Expect(err).To(BeIdenticalTo(test.err), "what the caller sees is not changed")
					}
				}
				g.Expect(*records).To(Equal(recorder{
					{"Observe", test.reported, 7 * time.Second},
					{"Deploy", test.reported, 7 * time.Second},
					{"Withdraw", test.reported, 7 * time.Second},
				}))
			})
		})
	}
}

func TestWaitingInLineIsNoRequest(t *testing.T) {
	g, records := NewWithT(t), &recorder{}
	inner := &slow{latency: func() time.Duration { return 0 }}
	limited := provider.Limit(provider.Instrument(inner, records), provider.NewBudget(one, func(string) {}))
	g.Expect(deploy(limited, provider.Target{Turn: by("a", "1", 0)})).To(Succeed())
	g.Expect(deploy(limited, provider.Target{Turn: by("a", "2", 0)})).To(beQueued())
	g.Expect(*records).To(HaveLen(1))
}
