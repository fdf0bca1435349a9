package metrics

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// listTimeout of one scrape. Only a cache that has not synced yet, as that of a
// starting replica, takes longer than a moment; scrapes must not pile up there.
const listTimeout = time.Second

// Objects is a collector that reads the cache when it is scraped. There is
// nothing to keep up to date and nothing to delete: the series of an object
// that is gone are not in the next scrape.
type Objects struct {
	reader   client.Reader
	log      logr.Logger
	notAfter *prometheus.Desc
	state    *prometheus.Desc
}

// NewObjects returns a collector over the objects that reader holds.
func NewObjects(reader client.Reader, log logr.Logger) *Objects {
	return &Objects{
		reader: reader,
		log:    log,
		notAfter: prometheus.NewDesc("domaincert_certificate_not_after_timestamp_seconds",
			"When the certificate expires, as observed in the Secret (source), at the provider, and at the edge.",
			[]string{"namespace", "name", "observed"}, nil),
		state: prometheus.NewDesc("domaincert_condition",
			"Conditions of DomainCertificates: 1 for the status that a condition has.",
			[]string{"namespace", "name", "type", "status"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (o *Objects) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- o.notAfter
	descriptions <- o.state
}

// Collect implements prometheus.Collector.
func (o *Objects) Collect(series chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), listTimeout)
	defer cancel()
	var list domaincertv1alpha1.DomainCertificateList
	if err := o.reader.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		o.log.Error(err, "list DomainCertificates for a scrape")
		return
	}
	for i := range list.Items {
		o.collect(&list.Items[i], series)
	}
}

func (o *Objects) collect(object *domaincertv1alpha1.DomainCertificate, series chan<- prometheus.Metric) {
	for observed, notAfter := range expiries(object) {
		if notAfter != nil {
			series <- prometheus.MustNewConstMetric(o.notAfter, prometheus.GaugeValue, float64(notAfter.Unix()), object.Namespace, object.Name, observed)
		}
	}
	for _, condition := range object.Status.Conditions {
		series <- prometheus.MustNewConstMetric(o.state, prometheus.GaugeValue, 1, object.Namespace, object.Name, condition.Type, string(condition.Status))
	}
}

// expiries are what is known of when an object's certificates expire.
func expiries(object *domaincertv1alpha1.DomainCertificate) map[string]*metav1.Time {
	known := map[string]*metav1.Time{}
	if object.Status.Source != nil {
		known["source"] = object.Status.Source.NotAfter
	}
	if object.Status.Provider != nil {
		known["provider"] = object.Status.Provider.NotAfter
	}
	if object.Status.Edge != nil {
		known["edge"] = object.Status.Edge.NotAfter
	}
	return known
}
