package armed_test

import (
	"fmt"
	"os"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/failpoint/armed"
)

// reach makes the test's own program reach a point with these entries, and end.
const reach = "REACH"

func TestMain(m *testing.M) {
	entries, asked := os.LookupEnv(reach)
	if !asked {
		os.Exit(m.Run())
	}
	points, err := armed.Parse(entries, known())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	points.Reach("deploy/after", "play.example.com")
}

func TestArmed(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Armed failpoints")
}

func known() []string { return []string{"deploy/before", "deploy/after"} }
