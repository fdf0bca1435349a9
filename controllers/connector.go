package controllers

import (
	"context"
	"errors"
	"fmt"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

// Connector makes connections from EdgeProviders and keeps them while nothing
// changes. It is the only reader of credentials Secrets, and the only one who
// asks for tokens of ServiceAccounts.
type Connector struct {
	// Reader is uncached, so that no Secret's body stays in memory.
	Reader client.Reader
	// Tokens asks for tokens of ServiceAccounts.
	Tokens client.SubResourceClientConstructor
	// Products by service, "Live", "CDN", ...
	Products map[string]Product
	// Budgets of the accounts.
	Budgets *provider.Budgets
	// ClusterNamespace is where a ClusterEdgeProvider's credentials lie.
	ClusterNamespace string
	// Secrets says how Secrets are looked at.
	Secrets SecretAccess
	// Changed is told of an EdgeProvider whose Secret turns out to be another than
	// the one that was checked: where Secrets are not watched, nobody else sees it
	// so soon. Nil if nobody asks.
	Changed func(edge ProviderObject)
	// Permissions are the operator's flags. No account is called without them,
	// whatever a status still says from before a flag was withdrawn.
	Permissions Permissions

	// opening is held by who decides whether to keep what it has opened.
	opening     sync.Mutex
	mutex       sync.Mutex
	connections map[types.UID]keptConnection
}

// keptConnection is a connection and what it was made from.
type keptConnection struct {
	candidate
	generation int64
	service    string
	accountID  string
	connection Connection
}

// candidate is an account whose credentials were read.
type candidate struct {
	credentials domaincertv1alpha1.CredentialsStatus
	account     Account
}

// Connect returns the connection of an EdgeProvider that is Ready. The Secret
// is read only if the connection must be made anew.
func (c *Connector) Connect(ctx context.Context, edge ProviderObject) (*Connection, error) {
	status := edge.ProviderStatus()
	if status.Credentials == nil {
		return nil, checking("the credentials have not been checked yet")
	}
	if status.ObservedGeneration == nil || *status.ObservedGeneration != edge.GetGeneration() {
		// Ready speaks of the spec before; this one may lead where it must not.
		return nil, checking("its spec has changed and is being checked")
	}
	if refused := c.Permissions.permitted(edge); refused != nil {
		return nil, refused
	}
	if kept, ok := c.kept(edge); ok {
		return &kept, nil
	}
	found, err := c.open(ctx, edge)
	if err != nil {
		return nil, err
	}
	if found.credentials != *status.Credentials {
		found.account.Close()
		c.tellChanged(edge)
		return nil, checking("the credentials have changed and are being checked")
	}
	return c.keepFirst(edge, found), nil
}

// keepFirst keeps a candidate unless another object was quicker: at a start many
// open the account at once, and adapters only know what they themselves are about to
// change.
func (c *Connector) keepFirst(edge ProviderObject, found candidate) *Connection {
	c.opening.Lock()
	defer c.opening.Unlock()
	if kept, ok := c.kept(edge); ok {
		found.account.Close()
		return &kept
	}
	return c.keep(edge, found)
}

// Outdated reports whether the Secret of an EdgeProvider has changed since it was
// last checked: then a refusal says nothing of what is in it now.
func (c *Connector) Outdated(ctx context.Context, edge ProviderObject) bool {
	checked := edge.ProviderStatus().Credentials
	key := c.credentialsKey(edge)
	if checked == nil || key.Name == "" {
		return false
	}
	metadata := secretMetadata()
	if err := c.Reader.Get(ctx, key, metadata); err != nil {
		return false
	}
	if checked.UID == string(metadata.UID) && checked.ResourceVersion == metadata.ResourceVersion {
		return false
	}
	c.tellChanged(edge)
	return true
}

func (c *Connector) tellChanged(edge ProviderObject) {
	if c.Changed != nil {
		c.Changed(edge)
	}
}

// kept returns the connection of an EdgeProvider if it is still current.
func (c *Connector) kept(edge ProviderObject) (Connection, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	kept, ok := c.connections[edge.GetUID()]
	current := ok && kept.generation == edge.GetGeneration() &&
		kept.credentials == *edge.ProviderStatus().Credentials &&
		kept.accountID == accountOf(edge)
	return kept.connection, current
}

// keep makes the connection of an EdgeProvider from a candidate whose
// credentials were accepted, and gives up the one before.
func (c *Connector) keep(edge ProviderObject, found candidate) *Connection {
	if c.moved(edge) {
		c.Budgets.Leave(string(edge.GetUID()))
	}
	connection := c.connection(edge, found.account.Access(accountOf(edge)))

	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.drop(edge.GetUID())
	if c.connections == nil {
		c.connections = map[types.UID]keptConnection{}
	}
	c.connections[edge.GetUID()] = keptConnection{
		candidate:  found,
		generation: edge.GetGeneration(),
		service:    serviceOf(edge),
		accountID:  accountOf(edge),
		connection: connection,
	}
	return &connection
}

// connection puts what an account can be asked under its budgets. A store has
// one for all products of the account.
func (c *Connector) connection(edge ProviderObject, access Access) Connection {
	product, accountID, owner := c.Products[serviceOf(edge)], accountOf(edge), string(edge.GetUID())
	budget := c.Budgets.For(serviceOf(edge)+"/"+accountID, owner, quotaOf(edge.ProviderSpec(), product.Quota))
	connection := Connection{
		Provider:    provider.Limit(access.Provider, budget),
		Budget:      budget,
		StoreBudget: budget,
		Gauged:      access.Gauge != nil,
		Keep:        keepOf(edge.ProviderSpec()),
		Pace:        max(product.Pace, shortestPoll),
	}
	if product.Store.Name != "" {
		connection.StoreBudget = c.Budgets.For(product.Store.Name+"/"+accountID, owner, product.Store.Quota)
	}
	if access.Catalog != nil {
		connection.Catalog = provider.LimitCatalog(access.Catalog, connection.StoreBudget)
	}
	if access.Repository != nil {
		connection.Repository = provider.LimitRepository(access.Repository, connection.StoreBudget)
	}
	return connection
}

// moved reports whether an EdgeProvider stands for another account or product
// than its connection.
func (c *Connector) moved(edge ProviderObject) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	kept, ok := c.connections[edge.GetUID()]
	return ok && (kept.accountID != accountOf(edge) || kept.service != serviceOf(edge))
}

// Leave gives up an object's place in the lines of all accounts.
func (c *Connector) Leave(object string) { c.Budgets.Release(object) }

// Forget gives up the connection of an EdgeProvider.
func (c *Connector) Forget(uid types.UID) {
	c.Budgets.Leave(string(uid))
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.drop(uid)
}

// drop closes a connection; the mutex is held.
func (c *Connector) drop(uid types.UID) {
	if kept, ok := c.connections[uid]; ok {
		kept.account.Close()
		delete(c.connections, uid)
	}
}

// open obtains an EdgeProvider's credentials and opens the account. It calls no
// provider.
func (c *Connector) open(ctx context.Context, edge ProviderObject) (candidate, error) {
	product, ok := c.Products[serviceOf(edge)]
	if !ok {
		return candidate{}, unsupported(fmt.Sprintf("the service %s is not supported by this version of the operator", serviceOf(edge)))
	}
	material, credentials, err := c.material(ctx, edge, product.SecretKeys)
	if err != nil {
		return candidate{}, err
	}
	account, err := product.Open(edge.ProviderSpec(), material)
	if err != nil {
		return candidate{}, &CredentialsError{Reason: domaincertv1alpha1.CredentialsRefusedReason, Message: provider.AsError(err).Error()}
	}
	return candidate{credentials: credentials, account: account}, nil
}

// asCredentialsError returns err as a CredentialsError.
func asCredentialsError(err error) *CredentialsError {
	var known *CredentialsError
	if errors.As(err, &known) {
		return known
	}
	return &CredentialsError{Reason: domaincertv1alpha1.UnavailableReason, Message: "the credentials cannot be read now", Transient: true}
}

// unreadable is why a Secret or a ServiceAccount's token cannot be had.
func unreadable(kind string, key types.NamespacedName, permission string, err error) *CredentialsError {
	switch {
	case apierrors.IsNotFound(err):
		return &CredentialsError{
			Reason:  domaincertv1alpha1.CredentialsNotFoundReason,
			Message: fmt.Sprintf("%s %s does not exist; create it", kind, key),
		}
	case apierrors.IsForbidden(err):
		return &CredentialsError{
			Reason:  domaincertv1alpha1.CredentialsForbiddenReason,
			Message: fmt.Sprintf("the operator may not use %s %s; grant its ServiceAccount %s", kind, key, permission),
		}
	default:
		return &CredentialsError{
			Reason:    domaincertv1alpha1.UnavailableReason,
			Message:   fmt.Sprintf("%s %s cannot be read now, the API server does not answer; it is tried again", kind, key),
			Transient: true,
		}
	}
}
