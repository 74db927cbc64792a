package io.penstock.provisioning.schema;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.patch.Patch;
import java.util.ArrayList;
import java.util.List;

/** What differs between two short texts, line by line. */
final class TextDiff {
  private static final int CONTEXT = 1;
  private static final int MAX_LINES = 40;

  /** Above this product of the texts' numbers of lines, only the numbers are told. */
  private static final long MAX_WORK = 4_000_000;

  /** The lines of a unified diff that name the two files. */
  private static final int FILE_NAMES = 2;

  private TextDiff() {}

  /**
   * Lines that went with {@code -}, lines that came with {@code +}, one line around them,
   * {@code @@} with the line number in the new text before each group; cut after 40 lines.
   */
  static String of(String before, String after) {
    List<String> old = before.lines().toList();
    List<String> now = after.lines().toList();
    if ((long) old.size() * now.size() > MAX_WORK) {
      return "(%d lines before, %d now)".formatted(old.size(), now.size());
    }
    Patch<String> patch = DiffUtils.diff(old, now);
    List<String> shown =
        new ArrayList<>(
            UnifiedDiffUtils.generateUnifiedDiff("", "", old, patch, CONTEXT).stream()
                .skip(FILE_NAMES)
                .map(line -> line.replaceFirst("^@@ .* \\+(\\d+).* @@$", "@@ line $1 @@"))
                .toList());
    if (shown.size() > MAX_LINES) {
      int more = shown.size() - MAX_LINES;
      shown.subList(MAX_LINES, shown.size()).clear();
      shown.add("... " + more + " more lines");
    }
    return String.join("\n", shown);
  }
}
