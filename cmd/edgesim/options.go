package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/domaincert/domaincert/test/edgesim"
)

// options are what the command line says.
type options struct {
	config    edgesim.Config
	readyFile string
	caFile    string
	logLevel  slog.Level
}

// parse reads the command line. What a flag says wins over the configuration file.
func parse(args []string, help io.Writer) (options, error) {
	var (
		o                               options
		flags                           = flag.NewFlagSet("edgesim", flag.ContinueOnError)
		file                            string
		accounts, domains               repeated
		flagged                         edgesim.Config
		propagationDelay, describeDelay edgesim.Duration
	)
	// The flag package would print all of the usage after every mistake.
	flags.SetOutput(io.Discard)
	flags.StringVar(&flagged.APIAddress, "api-address", "127.0.0.1:8790", "")
	flags.StringVar(&flagged.APITLSAddress, "api-tls-address", "127.0.0.1:8791", "")
	flags.StringVar(&flagged.EdgeAddress, "edge-address", "127.0.0.1:8792", "")
	// A free port: whoever names the other addresses to run two simulators side by side
	// need not know of this one.
	flags.StringVar(&flagged.EdgeStagingAddress, "edge-staging-address", "127.0.0.1:0", "")
	flags.StringVar(&flagged.MetadataAddress, "metadata-address", "127.0.0.1:0", "") // a free port, too
	flags.StringVar(&flagged.AdminAddress, "admin-address", "127.0.0.1:8793", "")
	flags.Var(&accounts, "account", "")
	flags.Var(&domains, "domain", "")
	flags.StringVar(&file, "config", "", "")
	flags.TextVar(&propagationDelay, "propagation-delay", edgesim.Duration(0), "")
	flags.TextVar(&describeDelay, "describe-delay", edgesim.Duration(0), "")
	flags.StringVar(&o.readyFile, "ready-file", "", "")
	flags.StringVar(&o.caFile, "ca-file", "", "")
	flags.TextVar(&o.logLevel, "log-level", slog.LevelInfo, "")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(help, usage)
		return options{}, err
	} else if err != nil {
		return options{}, fmt.Errorf("%w; see edgesim --help", err)
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q; see edgesim --help", flags.Arg(0))
	}
	if file != "" {
		read, err := readConfigFile(file)
		if err != nil {
			return options{}, err
		}
		o.config = read
	}
	named := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { named[f.Name] = true })
	override(&o.config.APIAddress, flagged.APIAddress, named["api-address"])
	override(&o.config.APITLSAddress, flagged.APITLSAddress, named["api-tls-address"])
	override(&o.config.EdgeAddress, flagged.EdgeAddress, named["edge-address"])
	override(&o.config.EdgeStagingAddress, flagged.EdgeStagingAddress, named["edge-staging-address"])
	override(&o.config.MetadataAddress, flagged.MetadataAddress, named["metadata-address"])
	override(&o.config.AdminAddress, flagged.AdminAddress, named["admin-address"])
	override(&o.config.Settings.PropagationDelay, propagationDelay, named["propagation-delay"])
	override(&o.config.Settings.DescribeDelay, describeDelay, named["describe-delay"])
	return o, addAccounts(&o.config, accounts, domains)
}

// override takes the flag's value if it was given, or if the file says nothing.
func override[T comparable](field *T, flagged T, given bool) {
	var empty T
	if given || *field == empty {
		*field = flagged
	}
}

func readConfigFile(name string) (edgesim.Config, error) {
	opened, err := os.Open(name)
	if err != nil {
		return edgesim.Config{}, fmt.Errorf("open configuration: %w", err)
	}
	read, err := edgesim.ReadConfig(opened)
	return read, errors.Join(err, opened.Close())
}

// addAccounts adds what --account and --domain say to the configuration. Their errors
// name the flag's form and not its value, which holds a secret.
func addAccounts(config *edgesim.Config, accounts, domains []string) error {
	for i, text := range accounts {
		parts := strings.SplitN(text, ":", 3)
		if len(parts) != 3 || slices.Contains(parts, "") {
			return fmt.Errorf("--account number %d is not id:accessKeyID:accessKeySecret", i+1)
		}
		account := accountIn(config, parts[0])
		account.Keys = append(account.Keys, edgesim.AccessKey{ID: parts[1], Secret: edgesim.Secret(parts[2])})
	}
	for _, text := range domains {
		parts := strings.Split(text, ":")
		if len(parts) < 2 || len(parts) > 3 {
			return fmt.Errorf("--domain %q is not accountID:domain[:product or type]", text)
		}
		domain := edgesim.Domain{Name: parts[1]}
		if len(parts) == 3 {
			domain.Product, domain.Type = productOrType(parts[2])
		}
		account := accountIn(config, parts[0])
		account.Domains = append(account.Domains, domain)
	}
	return nil
}

// productOrType tells a domain's product from its type; only Live's types can be given
// without their product.
func productOrType(text string) (edgesim.Product, string) {
	product := edgesim.Product(text)
	if slices.Contains([]edgesim.Product{edgesim.ProductLive, edgesim.ProductCDN, edgesim.ProductDCDN, edgesim.ProductVOD}, product) {
		return product, ""
	}
	return edgesim.ProductLive, text
}

// accountIn finds the account in the configuration, or adds it.
func accountIn(config *edgesim.Config, id string) *edgesim.Account {
	i := slices.IndexFunc(config.Accounts, func(a edgesim.Account) bool { return a.ID == id })
	if i < 0 {
		config.Accounts = append(config.Accounts, edgesim.Account{ID: id})
		i = len(config.Accounts) - 1
	}
	return &config.Accounts[i]
}

// repeated collects the values of a flag that may be given more than once.
type repeated []string

// String shows nothing: the values hold secrets.
func (r *repeated) String() string { return "" }

// Set adds a value.
func (r *repeated) Set(value string) error {
	*r = append(*r, value)
	return nil
}
