package io.penstock.provisioning.doctor;

import java.util.ArrayList;
import java.util.List;

/** What is found of one part, in the order in which it is told. Not thread-safe. */
final class Findings {
  private final List<Finding> all = new ArrayList<>();

  void add(Finding finding) {
    all.add(finding);
  }

  /** An error, if it is so. */
  void error(boolean isSo, String what, String remedy) {
    if (isSo) {
      add(Finding.error(what, remedy));
    }
  }

  /** A warning, if it is so. */
  void warning(boolean isSo, String what, String remedy) {
    if (isSo) {
      add(Finding.warning(what, remedy));
    }
  }

  /** A note, if it is so. */
  void note(boolean isSo, String what, String remedy) {
    if (isSo) {
      add(Finding.note(what, remedy));
    }
  }

  /** A finding about these subjects, if there are any. */
  void about(Finding finding, List<String> subjects) {
    if (!subjects.isEmpty()) {
      add(finding.about(subjects));
    }
  }

  List<Finding> all() {
    return List.copyOf(all);
  }
}
