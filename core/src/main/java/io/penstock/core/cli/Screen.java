package io.penstock.core.cli;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The whole terminal, drawn over again and again; what was on it before comes back at the end. Not
 * thread-safe.
 */
public final class Screen implements AutoCloseable {
  private static final String ESCAPE = "\u001b[";

  /** Another buffer of the terminal's, without the cursor, and lines are cut and not wrapped. */
  private static final String OPEN = ESCAPE + "?1049h" + ESCAPE + "?25l" + ESCAPE + "?7l";

  private static final String CLOSE = ESCAPE + "?7h" + ESCAPE + "?25h" + ESCAPE + "?1049l";
  private static final String HOME = ESCAPE + "H";
  private static final String REST_OF_LINE = ESCAPE + "K";
  private static final String REST_OF_SCREEN = ESCAPE + "J";
  private static final int USUAL_ROWS = 24;
  private static final long SIZE_MILLIS = 500;

  private final PrintWriter out;

  /** How a line looks. */
  public enum Look {
    /** As any other. */
    PLAIN("0"),
    /** The first of a part. */
    HEADING("1"),
    /** Somebody should look at it. */
    WARNING("33"),
    /** Something does not work. */
    ERROR("1;31");

    private final String code;

    Look(String code) {
      this.code = code;
    }
  }

  /** A line, without anything that moves the cursor. */
  public record Line(String text, Look look) {
    /** As any other. */
    public Line(String text) {
      this(text, Look.PLAIN);
    }
  }

  /** In characters. */
  public record Size(int columns, int rows) {}

  /** Takes the terminal; {@link #isThere} must hold. */
  public Screen(PrintWriter out) {
    this.out = out;
    out.print(OPEN);
    out.flush();
  }

  /** Whether standard output goes to a terminal. */
  public static boolean isThere() {
    return Terminal.columns() != Integer.MAX_VALUE;
  }

  /** How large it is now. */
  public Size size() {
    Size told = told();
    return told != null ? told : new Size(Terminal.columns(), USUAL_ROWS);
  }

  /** What stty says; the JDK cannot ask. Null: it says nothing. */
  private static @Nullable Size told() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!stty.waitFor(SIZE_MILLIS, TimeUnit.MILLISECONDS)) {
        stty.destroyForcibly();
        return null;
      }
      String[] words =
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
              .strip()
              .split(" ", -1);
      Size size = new Size(Integer.parseInt(words[1]), Integer.parseInt(words[0]));
      return size.columns > 0 && size.rows > 0 ? size : null;
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException none) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /** Shows lines, no more than there are rows, in place of those that were there. */
  public void draw(List<Line> lines) {
    StringBuilder all = new StringBuilder(HOME);
    for (int row = 0; row < lines.size(); row++) {
      Line line = lines.get(row);
      all.append(row == 0 ? "" : "\r\n")
          .append(ESCAPE)
          .append(line.look.code)
          .append('m')
          .append(line.text)
          .append(ESCAPE)
          .append("0m")
          .append(REST_OF_LINE);
    }
    // At once, so that nothing flickers.
    out.print(all.append(REST_OF_SCREEN));
    out.flush();
  }

  /** Gives the terminal back. */
  @Override
  public void close() {
    out.print(CLOSE);
    out.flush();
  }
}
