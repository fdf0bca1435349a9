// Package rig is what the fault suite's rows are built on: a real control plane
// for a package of rows and, for each row, a world of its own with a namespace, a
// simulated cloud, an account, a domain with its Secret, and operator processes
// that act there and nowhere else.
//
//	var plane *rig.Plane
//
//	var _ = BeforeSuite(func(ctx SpecContext) { plane = rig.Start(ctx, rig.PlaneOptions{}) })
//
//	It("row 06: ...", func(ctx SpecContext) {
//		w := plane.NewWorld(ctx, rig.WorldOptions{})
//		w.AddFault(edgesim.Fault{Kind: edgesim.FaultReset, Applied: true, Count: 1, Operation: rig.SetOperation})
//		w.StartOperator(ctx, rig.Operator{})
//		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
//		Expect(w.Sets(w.Domain)).To(HaveLen(1))
//	})
//
// When a row ends, its world is checked for what must hold whatever happened
// (World.Check), and everything that was left behind is kept to be searched for
// keys when the suite ends.
package rig
