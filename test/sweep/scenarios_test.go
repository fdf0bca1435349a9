package sweep_test

import (
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
)

// scenario is a golden one: what was before, what happens, and what comes of it.
type scenario struct {
	name string
	// settings of the simulator.
	settings edgesim.Settings
	// prepare brings about what was before, which ready tells.
	prepare func(*scene)
	ready   func(*scene) bool
	// act is what happens, and goal what comes of it.
	act  func(*scene)
	goal func(*scene) bool
	// withdraws is true if HTTPS is asked to be turned off.
	withdraws bool
}

// scenariosOf are the golden scenarios of a product.
func scenariosOf(p product) []scenario {
	all := []scenario{firstDeploy(), rotation("rotation", edgesim.Settings{}), rotation("rotation that shows late", slow()), drift(), takeOver(), withdrawal(), admission()}
	if p.simulated == "" {
		return append(all, byStaging())
	}
	return append(all, stored())
}

// slow makes changes show after a while, in describe calls and at the edge.
func slow() edgesim.Settings {
	const while = edgesim.Duration(90 * time.Second)
	return edgesim.Settings{DescribeDelay: while, PropagationDelay: 2 * while, CDNPro: edgesim.CDNProSettings{TaskDuration: while}}
}

func nothing(*scene)            {}
func servesFirst(s *scene) bool { return s.serves("a", first) }

// deployFirst is the scene with one object that is in order.
func deployFirst(s *scene) {
	s.createProvider()
	s.store("a", first)
	s.claim("a")
}

func firstDeploy() scenario {
	return scenario{name: "first deployment", prepare: nothing, ready: func(*scene) bool { return true }, act: deployFirst, goal: servesFirst}
}

func rotation(name string, settings edgesim.Settings) scenario {
	return scenario{name: name, settings: settings, prepare: deployFirst, ready: servesFirst,
		act:  func(s *scene) { s.store("a", renewed) },
		goal: func(s *scene) bool { return s.serves("a", renewed) }}
}

// byStaging is a rotation that passes through staging first.
func byStaging() scenario {
	staged := rotation("rotation by staging", edgesim.Settings{})
	staged.prepare = func(s *scene) {
		s.createProvider(func(spec *domaincertv1alpha1.EdgeProviderSpec) {
			spec.CDNPro.Target = domaincertv1alpha1.CDNProStagingThenProduction
		})
		s.store("a", first)
		s.claim("a")
	}
	return staged
}

// drift: somebody else puts another certificate in place.
func drift() scenario {
	return scenario{name: "repair of a drift", prepare: deployFirst, ready: servesFirst,
		act:  func(s *scene) { s.Expect(s.sim.put(domain, foreign)).To(Succeed()) },
		goal: servesFirst}
}

// takeOver: the object that manages the domain goes, and the next one has a younger
// certificate for it.
func takeOver() scenario {
	return scenario{name: "take-over",
		prepare: func(s *scene) {
			deployFirst(s)
			s.store("b", renewed)
			s.claim("b")
		},
		ready: func(s *scene) bool {
			accepted := meta.FindStatusCondition(s.object("b").Status.Conditions, domaincertv1alpha1.AcceptedCondition)
			return servesFirst(s) && accepted != nil && accepted.Reason == domaincertv1alpha1.ConflictReason
		},
		act:  func(s *scene) { s.Expect(s.api.Delete(s.ctx, s.object("a"))).To(Succeed()) },
		goal: func(s *scene) bool { return s.object("a") == nil && s.serves("b", renewed) }}
}

// withdrawal: an object goes that is to turn HTTPS off.
func withdrawal() scenario {
	return scenario{name: "withdrawal", withdraws: true,
		prepare: func(s *scene) {
			s.createProvider()
			s.store("a", first)
			s.claim("a", func(spec *domaincertv1alpha1.DomainCertificateSpec) {
				spec.DeletionPolicy = domaincertv1alpha1.DeletionDisableHTTPS
			})
		},
		ready: servesFirst,
		act:   func(s *scene) { s.Expect(s.api.Delete(s.ctx, s.object("a"))).To(Succeed()) },
		goal:  func(s *scene) bool { return s.object("a") == nil && s.sim.held(domain) == "" }}
}

// admission: a namespace is let in at a ClusterEdgeProvider's.
func admission() scenario {
	team := map[string]string{"team": "video"}
	return scenario{name: "admission of a namespace",
		prepare: func(s *scene) {
			edge := &domaincertv1alpha1.ClusterEdgeProvider{ObjectMeta: metav1.ObjectMeta{Name: s.namespace + "-shared"}}
			edge.Spec.EdgeProviderSpec = s.providerSpec()
			edge.Spec.AllowedNamespaces = &metav1.LabelSelector{MatchLabels: team}
			s.Expect(s.api.Create(s.ctx, edge)).To(Succeed())
			s.createCredentials()
			s.store("a", first)
			s.claim("a", func(spec *domaincertv1alpha1.DomainCertificateSpec) {
				spec.ProviderRef = domaincertv1alpha1.ProviderReference{Kind: domaincertv1alpha1.ClusterEdgeProviderKind, Name: edge.Name}
			})
		},
		ready: func(s *scene) bool {
			accepted := meta.FindStatusCondition(s.object("a").Status.Conditions, domaincertv1alpha1.AcceptedCondition)
			return accepted != nil && accepted.Reason == domaincertv1alpha1.DomainNotAllowedReason
		},
		act: func(s *scene) {
			namespace := &corev1.Namespace{}
			s.Expect(s.api.Get(s.ctx, client.ObjectKey{Name: s.namespace}, namespace)).To(Succeed())
			namespace.Labels = team
			s.Expect(s.api.Update(s.ctx, namespace)).To(Succeed())
		},
		goal: servesFirst}
}

// stored: a certificate that lives at the provider is put on the domain.
func stored() scenario {
	return scenario{name: "certificate at the provider",
		prepare: func(s *scene) {
			s.Expect(s.sim.PutAccount(edgesim.Account{ID: accountID, Keys: []edgesim.AccessKey{{ID: key, Secret: key}},
				Certificates: []edgesim.ProvidedCertificate{{Name: "bought", Type: "cas",
					Certificate: string(first.CertificatePEM), PrivateKey: edgesim.Secret(first.KeyPEM)}}})).To(Succeed())
			s.createProvider()
		},
		ready: func(s *scene) bool {
			edge := &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "edge"}}
			s.Expect(s.api.Get(s.ctx, keyOf(edge), edge)).To(Succeed())
			return meta.IsStatusConditionTrue(edge.Status.Conditions, domaincertv1alpha1.ReadyCondition)
		},
		act: func(s *scene) {
			s.claim("a", func(spec *domaincertv1alpha1.DomainCertificateSpec) {
				spec.SecretRef = nil
				spec.ProviderCertificate = &domaincertv1alpha1.ProviderCertificate{Type: domaincertv1alpha1.ProviderCertificateCAS, Name: "bought"}
			})
		},
		goal: servesFirst}
}
