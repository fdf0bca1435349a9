//go:build faults

package process_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/domaincert/domaincert/test/faults/rig"
)

// gauge is the value of a series of the operator's metrics.
func gauge(ctx context.Context, operator *rig.Process, series string) (float64, error) {
	metrics, err := operator.Metrics(ctx)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(metrics) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), series+" "); found {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("%s is not among the metrics", series)
}
