// Package controllers holds the reconcilers of the three kinds.
//
// One reconcile of a DomainCertificate is a walk through named phases. Each
// phase asks one question, puts what it learns into the scope, and stops the
// walk if it cannot be answered with yes:
//
//	accept           may this object act?                  Accepted
//	loadCertificate  can what is wanted serve the domain?  CertificateValid
//	observe          what does the provider hold?          Deployed
//	deploy           bring it there, if the plan says so   Deployed
//	verifyEdge       does the edge serve it?               Verified
//	tidyUp           remove what was superseded
//
// Phases never write conditions. When the walk is over one pure function reads
// the scope and says what is to be said, and the status is patched once, if
// anything changed.
//
// Nothing waits in a worker. An object for which the account has no budget now
// gives its worker back and is woken when its turn has come; a certificate that
// is on its way is looked at again by a later reconcile.
package controllers
