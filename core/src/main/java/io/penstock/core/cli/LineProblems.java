package io.penstock.core.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What is wrong with the lines of a file, each thing once, with its lines. Not thread-safe. */
public final class LineProblems {
  private static final int MAX_LINES = 8;

  /** Lines by what is wrong with them, in the order in which it was found. */
  private final Map<String, List<Integer>> lines = new LinkedHashMap<>();

  /** Nothing is wrong yet. */
  public LineProblems() {}

  /** Adds one, in words that fit behind the line's number and a colon. */
  public void add(int line, String what) {
    List<Integer> known = lines.computeIfAbsent(what, any -> new ArrayList<>());
    if (known.isEmpty() || known.getLast() != line) {
      known.add(line);
    }
  }

  /** Whether nothing is wrong. */
  public boolean isEmpty() {
    return lines.isEmpty();
  }

  /** {@code line 3: two fields}, {@code lines 2, 5, 9: no name}; of many lines the first eight. */
  public List<String> sentences() {
    List<String> sentences = new ArrayList<>();
    lines.forEach((what, where) -> {
      String numbers =
          where.stream().limit(MAX_LINES).map(String::valueOf).collect(Collectors.joining(", "));
      String more =
          where.size() > MAX_LINES ? " and %,d more".formatted(where.size() - MAX_LINES) : "";
      sentences.add((where.size() == 1 ? "line " : "lines ") + numbers + more + ": " + what);
    });
    return sentences;
  }
}
