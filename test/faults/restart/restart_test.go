//go:build faults

package restart_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
)

// many is how many objects are in order when the operator starts.
const many = 10_000

var _ = Describe("row 55:", func() {
	It("a restart with 10,000 objects in order sends, writes and reads nothing", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		first := w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		Expect(first.Stop()).To(Succeed())
		w.Unwatch()
		multiply(ctx, w)

		begin := time.Now()
		second := w.StartOperator(ctx, rig.Operator{Arguments: []string{"--log-level", "info"}})
		// Every object was reconciled, and nothing is left to be done.
		Eventually(func() int {
			return measured(ctx, second, `controller_runtime_reconcile_total{controller="domaincertificate",result="(?:success|requeue_after)"}`)
		}).
			WithTimeout(rig.Patience).Should(BeNumerically(">", many))
		Eventually(func() int {
			return measured(ctx, second, `workqueue_depth{controller="domaincertificate",name="domaincertificate",priority="[^"]*"}`)
		}).
			WithTimeout(rig.Patience).Should(BeZero())
		Expect(second.Stop()).To(Succeed())

		// Those whose read-back has come meanwhile, of all that are spread over 6 h.
		looks := len(w.Calls(rig.DescribeOperation))
		Expect(looks).To(BeNumerically("<", many/100))
		reads := 0
		for _, request := range audited(w.Cluster.AuditLog, begin) {
			Expect(request.isWrite()).To(BeFalse(), "%+v", request)
			if request.isSecretRead() {
				reads++
			}
		}
		Expect(reads).To(BeNumerically("<=", looks), "only with a look at the provider")
		Expect(w.Calls(rig.SetOperation)).To(HaveLen(1), "that of the first object, before the restart")
	}, SpecTimeout(2*timeout))
})

// multiply makes many more objects whose status is that of the first one. The
// status of each is created with it: for that moment the CRD has no
// subresource, which would take a second write.
func multiply(ctx context.Context, w *rig.World) {
	GinkgoHelper()
	subresource(ctx, w, false)
	like := w.Get(ctx, rig.Name)
	numbers := make(chan int)
	var writing sync.WaitGroup
	for range 16 {
		writing.Go(func() {
			defer GinkgoRecover()
			for number := range numbers {
				name := fmt.Sprintf("d%05d", number)
				object := w.DomainCertificate(name, name+"."+w.Domain)
				object.Spec.SecretRef.Name = rig.Name
				object.Spec.Verification = domaincertv1alpha1.Verification{}
				object.Status = *like.Status.DeepCopy()
				adapt(&object.Status, w.Domain, object.Spec.DomainName)
				Expect(w.Client.Create(ctx, object)).To(Succeed())
			}
		})
	}
	for number := range many {
		numbers <- number
	}
	close(numbers)
	writing.Wait()
	subresource(ctx, w, true)
}

// adapt makes the status of the first object one of another, which is not
// verified.
func adapt(status *domaincertv1alpha1.DomainCertificateStatus, from, to string) {
	status.Edge = nil
	status.Conditions = slices.DeleteFunc(status.Conditions, func(condition metav1.Condition) bool {
		return condition.Type == domaincertv1alpha1.VerifiedCondition
	})
	for i := range status.Conditions {
		status.Conditions[i].Message = strings.ReplaceAll(status.Conditions[i].Message, from, to)
	}
}

// subresource gives the CRD its status as a subresource, or takes it away, and
// waits until that is in force.
func subresource(ctx context.Context, w *rig.World, wanted bool) {
	GinkgoHelper()
	scheme := runtime.NewScheme()
	Expect(apiextensionsv1.AddToScheme(scheme)).To(Succeed())
	crds, err := client.New(w.Cluster.Config(), client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	crd := &apiextensionsv1.CustomResourceDefinition{}
	Expect(crds.Get(ctx, client.ObjectKey{Name: "domaincertificates.domaincert.io"}, crd)).To(Succeed())
	before := crd.DeepCopy()
	crd.Spec.Versions[0].Subresources = nil
	if wanted {
		crd.Spec.Versions[0].Subresources = &apiextensionsv1.CustomResourceSubresources{Status: &apiextensionsv1.CustomResourceSubresourceStatus{}}
	}
	Expect(crds.Patch(ctx, crd, client.MergeFrom(before))).To(Succeed())
	object := w.Get(ctx, rig.Name)
	Eventually(func() bool {
		err := w.Client.Status().Patch(ctx, object.DeepCopy(), client.RawPatch(types.MergePatchType, []byte("{}")), client.DryRunAll)
		return (err == nil) == wanted
	}).WithTimeout(rig.Patience).Should(BeTrue())
}

// measured is the sum of an operator's metrics whose lines begin so.
func measured(ctx context.Context, operator *rig.Process, series string) int {
	text, err := operator.Metrics(ctx)
	if err != nil {
		return -1
	}
	sum := 0.0
	for _, found := range regexp.MustCompile(`(?m)^`+series+` ([0-9.e+]+)$`).FindAllStringSubmatch(text, -1) {
		value, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			return -1
		}
		sum += value
	}
	return int(sum)
}

// request is what is needed of an event in the API server's audit log.
type request struct {
	Verb     string    `json:"verb"`
	URI      string    `json:"requestURI"`
	Received time.Time `json:"requestReceivedTimestamp"`
	User     struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		Resource string `json:"resource"`
	} `json:"objectRef"`
}

// isWrite reports whether the request changes one of the operator's objects.
func (r request) isWrite() bool {
	return !slices.Contains([]string{"get", "list", "watch"}, r.Verb)
}

// isSecretRead reports whether the request reads a Secret's body.
func (r request) isSecretRead() bool { return r.Verb == "get" && r.ObjectRef.Resource == "secrets" }

// audited are the operator's requests since a time.
func audited(path string, since time.Time) []request {
	GinkgoHelper()
	log, err := os.Open(path)
	Expect(err).NotTo(HaveOccurred())
	defer func() { Expect(log.Close()).To(Succeed()) }()
	var found []request
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if !strings.Contains(lines.Text(), rig.OperatorUser) {
			continue
		}
		var r request
		Expect(json.Unmarshal(lines.Bytes(), &r)).To(Succeed())
		if r.User.Username == rig.OperatorUser && r.Received.After(since) {
			found = append(found, r)
		}
	}
	Expect(lines.Err()).NotTo(HaveOccurred())
	Expect(found).NotTo(BeEmpty())
	return found
}
