package longrun.sweep;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import longrun.sweep.Column.Field;
import longrun.sweep.Column.Kind;

/** The columns of a table of groups: the axes, how many runs there are, and the quartiles. */
public final class GroupColumns {
  private GroupColumns() {}

  /** Those of groups that these axes make. */
  public static List<Column<RunGroup>> of(List<SweepAxis> axes) {
    List<Column<RunGroup>> columns = new ArrayList<>();
    for (int i = 0; i < axes.size(); i++) {
      int axis = i;
      columns.add(Column.axis(axes.get(i), group -> group.values().get(axis)));
    }
    columns.add(count("runs", RunGroup::runs));
    columns.add(count("ended", RunGroup::ended));
    columns.add(count("grokked", RunGroup::grokked));
    columns.add(count("diverged", RunGroup::diverged));
    columns.add(count("failed", RunGroup::failed));
    columns.add(count("running", RunGroup::running));
    columns.add(count("waiting", RunGroup::waiting));
    columns.add(count("unreadable", RunGroup::unreadable));
    columns.add(quartiles("memorised_at", Kind.COUNT, RunGroup::memorisedAt));
    columns.add(quartiles("grokked_at", Kind.COUNT, RunGroup::grokkedAt));
    columns.add(quartiles("delay", Kind.RATIO, RunGroup::delay));
    columns.add(quartiles("validation_accuracy", Kind.ACCURACY, RunGroup::validationAccuracy));
    columns.add(quartiles("seconds", Kind.SECONDS, RunGroup::seconds));
    return columns;
  }

  private static Column<RunGroup> count(String name, ToIntFunction<RunGroup> count) {
    return Column.of(name, Kind.COUNT, group -> Cell.of(count.applyAsInt(group)));
  }

  private static Column<RunGroup> quartiles(
      String name, Kind kind, Function<RunGroup, Quartiles> quartiles) {
    return new Column<>(
        name,
        Optional.empty(),
        kind,
        List.of(
            field(name + "_q1", kind, group -> quartiles.apply(group).lower()),
            field(name + "_median", kind, group -> quartiles.apply(group).median()),
            field(name + "_q3", kind, group -> quartiles.apply(group).upper())));
  }

  private static Field<RunGroup> field(String name, Kind kind, Function<RunGroup, Double> value) {
    return new Field<>(
        name,
        group -> {
          double each = value.apply(group);
          return each == Double.POSITIVE_INFINITY
              ? new Cell.NotReached(kind == Kind.COUNT ? group.mostSteps() : OptionalLong.empty())
              : Cell.of(each);
        });
  }
}
