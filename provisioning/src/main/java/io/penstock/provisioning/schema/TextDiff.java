package io.penstock.provisioning.schema;

import java.util.ArrayList;
import java.util.List;

/** What differs between two short texts, line by line. */
final class TextDiff {
  private static final int CONTEXT = 1;
  private static final int MAX_LINES = 40;

  /** The table of common lines has this many cells at most; 2,000 lines against 2,000. */
  private static final long MAX_CELLS = 4_000_000;

  private TextDiff() {}

  /**
   * Lines that went with {@code -}, lines that came with {@code +}, one line around them,
   * {@code @@} with the line number in the new text before each group; cut after 40 lines.
   */
  static String of(String before, String after) {
    List<String> old = before.lines().toList();
    List<String> now = after.lines().toList();
    if ((long) old.size() * now.size() > MAX_CELLS) {
      return "(%d lines before, %d now)".formatted(old.size(), now.size());
    }
    List<Line> script = script(old, now, commonLines(old, now));
    List<String> shown = groups(script);
    if (shown.size() > MAX_LINES) {
      int more = shown.size() - MAX_LINES;
      shown = new ArrayList<>(shown.subList(0, MAX_LINES));
      shown.add("... " + more + " more lines");
    }
    return String.join("\n", shown);
  }

  private record Line(char mark, String text, int number) {}

  /** How many lines the rests from (i, j) on have in common, in order. */
  private static int[][] commonLines(List<String> old, List<String> now) {
    int[][] common = new int[old.size() + 1][now.size() + 1];
    for (int i = old.size() - 1; i >= 0; i--) {
      for (int j = now.size() - 1; j >= 0; j--) {
        common[i][j] =
            old.get(i).equals(now.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    return common;
  }

  private static List<Line> script(List<String> old, List<String> now, int[][] common) {
    List<Line> script = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < old.size() || j < now.size()) {
      if (i < old.size() && j < now.size() && old.get(i).equals(now.get(j))) {
        script.add(new Line(' ', now.get(j), j + 1));
        i++;
        j++;
      } else if (j == now.size() || (i < old.size() && common[i + 1][j] >= common[i][j + 1])) {
        script.add(new Line('-', old.get(i), j + 1));
        i++;
      } else {
        script.add(new Line('+', now.get(j), j + 1));
        j++;
      }
    }
    return script;
  }

  private static List<String> groups(List<Line> script) {
    List<String> shown = new ArrayList<>();
    int last = -2; // the last line shown
    for (int i = 0; i < script.size(); i++) {
      if (!nearChange(script, i)) {
        continue;
      }
      Line line = script.get(i);
      if (i != last + 1) {
        shown.add("@@ line " + line.number + " @@");
      }
      shown.add(line.mark + line.text);
      last = i;
    }
    return shown;
  }

  private static boolean nearChange(List<Line> script, int index) {
    for (int i = Math.max(0, index - CONTEXT);
        i <= Math.min(script.size() - 1, index + CONTEXT);
        i++) {
      if (script.get(i).mark != ' ') {
        return true;
      }
    }
    return false;
  }
}
