package longrun.cpu;

import longrun.plan.View;

/** How many units a kernel over a view has: examples of the batch, or shared rows. */
interface UnitCount {
  int count();

  static UnitCount of(Workspace workspace, View view) {
    if (view.perExample()) {
      return () -> workspace.batchCount;
    }
    int rows = view.count();
    return () -> rows;
  }
}
