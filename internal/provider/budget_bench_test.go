package provider_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
)

// BenchmarkReserveInLongLine is what an object costs that asks again while ten
// thousand wait.
func BenchmarkReserveInLongLine(b *testing.B) {
	budget := longLine(10_000)
	asking := by("namespace-7", "77", 1)
	b.ReportAllocs()
	for days := 0; b.Loop(); days++ {
		asking.ServedUntil = asking.ServedUntil.Add(time.Hour)
		if budget.Reserve(provider.OperationDeploy, asking) == nil {
			b.Fatal("jumped the line")
		}
	}
}

// BenchmarkJoinAndLeaveLongLine is a whole wait beside ten thousand others.
func BenchmarkJoinAndLeaveLongLine(b *testing.B) {
	budget := longLine(10_000)
	asking := by("namespace-7", "newcomer", 0)
	b.ReportAllocs()
	for b.Loop() {
		if budget.Reserve(provider.OperationDeploy, asking) == nil {
			b.Fatal("jumped the line")
		}
		budget.Release(provider.OperationDeploy, asking.Object)
	}
}

// longLine returns a budget of one taken slot with so many objects waiting, in
// a hundred namespaces.
func longLine(length int) *provider.Budget {
	budget := provider.NewBudget(one, func(string) {})
	for i := range length + 1 {
		turn := by(fmt.Sprintf("namespace-%d", i%100), strconv.Itoa(i), i%365)
		if err := budget.Reserve(provider.OperationDeploy, turn); (err == nil) != (i == 0) {
			panic("the line does not form")
		}
	}
	return budget
}
