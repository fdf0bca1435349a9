package cdnpro_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

// wanted is the fingerprint in the comment of version 2 of the scripted certificate.
const wanted = "5f3a6f6f2d0b7a1c5f3a6f6f2d0b7a1c5f3a6f6f2d0b7a1c5f3a6f6f2d0b7a1c"

// tasked is an adapter of a server whose hostname has version 1 in production, and
// version 2 waiting to be deployed there. What it knows of tasks is the spec's.
func tasked(list string, byID map[string]string) *cdnpro.Adapter {
	GinkgoHelper()
	return answering(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Cnc-Request-Id", "R-1")
		id, one := strings.CutPrefix(r.URL.Path, "/cdn/deploymentTasks/")
		switch {
		case one && byID[id] == "":
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"code":"InvalidDeploymentTaskId","message":""}`)
		case one:
			fmt.Fprint(w, byID[id])
		case strings.HasPrefix(r.URL.Path, "/cdn/deploymentTasks"):
			fmt.Fprintf(w, `{"count":"3","deploy":[%s]}`, list)
		case strings.HasPrefix(r.URL.Path, "/cdn/hostnames/"):
			fmt.Fprintf(w, `{"propertyInProduction":{"propertyId":%q,"version":3,"certificateId":%q}}`, propertyID, held)
		default:
			fmt.Fprintf(w, `{"name":"n","versionInProduction":1,"usageInProduction":[{"hostnames":[%q]}],"versions":[{"version":1},{"version":2,"comments":"domaincert sha256:%s"}]}`, domain, wanted)
		}
	})
}

// listed is an entry of the list of tasks.
func listed(id, target, status, submitted string) string {
	return fmt.Sprintf(`{"id":%q,"name":%q,"target":%q,"status":%q,"submissionTime":%q}`, id, cdnpro.TaskName(held, 2), target, status, submitted)
}

// detailed is a task by itself.
func detailed(certificate, target, status, version string) string {
	return fmt.Sprintf(`{"name":"whatever","target":%q,"status":%q,"statusDetails":"because","actions":[{"action":"deploy_cert","certificateId":%q,"version":%s}]}`, target, status, certificate, version)
}

const (
	early = "2026-11-21T17:00:00Z"
	late  = "2026-11-21T17:05:00Z"
)

var _ = Describe("The task of a deployment", func() {
	DescribeTable("is found in what the product tells of tasks",
		func(ctx SpecContext, known, list string, byID map[string]string, expected provider.Observation, calls int) {
			target := provider.Target{Domain: domain, Name: name, Wanted: wanted, Known: provider.Handle{TaskID: known}}
			observation := mustObserve(ctx, tasked(list, byID), target)
			Expect(observation.Pending).To(Equal(expected.Pending))
			Expect(observation.Unfinished).To(Equal(expected.Unfinished))
			Expect(observation.TaskID).To(Equal(expected.TaskID))
			Expect(observation.Status).To(Equal(expected.Status))
			Expect(observation.Trouble != nil).To(Equal(expected.Trouble != nil))
			Expect(observation.Calls).To(Equal(calls))
		},
		Entry("none", "", "", nil, provider.Observation{Unfinished: true}, 3),
		Entry("one that is known", "t1", "", map[string]string{"t1": detailed(held, "production", "in progress", "2")},
			provider.Observation{Pending: true, TaskID: "t1", Status: "in progress"}, 3),
		Entry("one with its version as text", "t1", "", map[string]string{"t1": detailed(held, "production", "waiting", `"2"`)},
			provider.Observation{Pending: true, TaskID: "t1", Status: "waiting"}, 3),
		Entry("one that is listed, as lists write it", "", listed("t2", "production", "inprogress", early), nil,
			provider.Observation{Pending: true, TaskID: "t2", Status: "inprogress"}, 3),
		Entry("the youngest, in whatever order", "", listed("t1", "production", "failed", early)+","+listed("t2", "production", "waiting", late)+","+listed("t3", "production", "failed", early), nil,
			provider.Observation{Pending: true, TaskID: "t2", Status: "waiting"}, 3),
		Entry("a younger one than the known", "t1", listed("t2", "production", "waiting", late)+","+listed("t1", "production", "failed", early),
			map[string]string{"t1": detailed(held, "production", "failed", "2")},
			provider.Observation{Pending: true, TaskID: "t2", Status: "waiting"}, 4),
		Entry("a known one that failed", "t1", listed("t1", "production", "failed", early), map[string]string{"t1": detailed(held, "production", "failed", "2")},
			provider.Observation{Status: "failed", Trouble: &provider.Error{}}, 4),
		Entry("a known one that failed and that the list lacks", "t1", "", map[string]string{"t1": detailed(held, "production", "failed", "2")},
			provider.Observation{Status: "failed", Trouble: &provider.Error{}}, 4),
		Entry("a listed one that failed", "", listed("t1", "production", "failed", early), map[string]string{"t1": detailed(held, "production", "failed", "2")},
			provider.Observation{Status: "failed", Trouble: &provider.Error{}}, 4),
		Entry("one that has just succeeded and does not show yet", "",
			strings.Replace(listed("t1", "production", "succeeded", early), "{", fmt.Sprintf(`{"finishTime":%q,`, time.Now().UTC().Format(time.RFC3339)), 1), nil,
			provider.Observation{Pending: true, TaskID: "t1", Status: "succeeded"}, 3),
		Entry("one that succeeded and does not show", "", listed("t1", "production", "succeeded", early), nil, provider.Observation{}, 3),
		Entry("one in a state that nobody knows", "", listed("t1", "production", "paused", early), nil, provider.Observation{}, 3),
		Entry("a known one that the product has forgotten", "t1", "", nil, provider.Observation{Unfinished: true}, 4),
		Entry("a known one that was for staging", "t1", "", map[string]string{"t1": detailed(held, "staging", "in progress", "2")}, provider.Observation{Unfinished: true}, 4),
		Entry("a known one that was for another version", "t1", "", map[string]string{"t1": detailed(held, "production", "in progress", "1")}, provider.Observation{Unfinished: true}, 4),
		Entry("a known one that was for another certificate", "t1", "", map[string]string{"t1": detailed("x", "production", "in progress", "2")}, provider.Observation{Unfinished: true}, 4),
		Entry("a known one that is no id", "../x", "", nil, provider.Observation{Unfinished: true}, 3),
		Entry("a listed one that was for staging", "", listed("t1", "staging", "waiting", early), nil, provider.Observation{Unfinished: true}, 3),
		Entry("a listed one of another name", "", `{"id":"t1","name":"x","target":"production","status":"waiting"}`, nil, provider.Observation{Unfinished: true}, 3),
		Entry("a listed one without id", "", listed("", "production", "waiting", early), nil, provider.Observation{Unfinished: true}, 3),
	)
})
