package longrun.scaling;

import longrun.measure.Contender;
import longrun.measure.Setting;
import longrun.measure.Subject;

/** A point that is to be measured. */
record Planned(Axis axis, int value, String series, Subject subject, Contender contender) {
  Setting setting() {
    return contender.setting(subject.name());
  }
}
