package io.penstock.local.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Joins the chunks of a streamed SELECT. The library formats each chunk as a result of its own;
 * that is harmless where a format is a plain sequence of rows, and where it has a header this
 * leaves it out of all chunks but the first. Other formats cannot be streamed.
 */
final class StreamedFormat {
  private static final Set<String> PLAIN =
      Set.of(
          "TabSeparated",
          "TSV",
          "TabSeparatedRaw",
          "TSVRaw",
          "Raw",
          "CSV",
          "TSKV",
          "RowBinary",
          "Native",
          "JSONEachRow",
          "JSONLines",
          "NDJSON",
          "JSONStringsEachRow",
          "JSONCompactEachRow",
          "JSONCompactStringsEachRow",
          "LineAsString",
          "RawBLOB",
          "MsgPack");

  /** A header of rows: names, then types in the second group. */
  private static final Set<String> ROW_HEADER =
      Set.of("RowBinaryWithNames", "RowBinaryWithNamesAndTypes");

  private final String format;
  private byte @Nullable [] header;

  StreamedFormat(String format) {
    this.format = format;
  }

  static boolean supports(String format) {
    return PLAIN.contains(format) || ROW_HEADER.contains(format) || lineHeader(format) > 0;
  }

  /** How many lines of names and types come first. */
  private static int lineHeader(String format) {
    return switch (format) {
      case "TabSeparatedWithNames", "TSVWithNames", "CSVWithNames", "JSONCompactEachRowWithNames" ->
          1;
      case "TabSeparatedWithNamesAndTypes",
          "TSVWithNamesAndTypes",
          "CSVWithNamesAndTypes",
          "JSONCompactEachRowWithNamesAndTypes" ->
          2;
      default -> 0;
    };
  }

  /** How many bytes of this chunk the reader has seen in the first one. */
  long repeated(MemorySegment chunk) {
    if (PLAIN.contains(format)) {
      return 0;
    }
    byte[] known = header;
    if (known == null) {
      int length = ROW_HEADER.contains(format) ? rowHeaderLength(chunk) : lineHeaderLength(chunk);
      header = chunk.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
      return 0;
    }
    boolean same =
        chunk.byteSize() >= known.length
            && chunk.asSlice(0, known.length).mismatch(MemorySegment.ofArray(known)) < 0;
    return same ? known.length : 0;
  }

  private int lineHeaderLength(MemorySegment chunk) {
    int lines = lineHeader(format);
    int at = 0;
    boolean quoted = false;
    while (lines > 0 && at < chunk.byteSize()) {
      byte b = chunk.get(ValueLayout.JAVA_BYTE, at++);
      // A name in CSV may hold a line end within quotes; a quote in a name is doubled.
      quoted ^= b == '"' && format.startsWith("CSV");
      if (b == '\n' && !quoted) {
        lines--;
      }
    }
    return at;
  }

  private int rowHeaderLength(MemorySegment chunk) {
    var position = new int[1];
    int columns = varUInt(chunk, position);
    int texts = format.equals("RowBinaryWithNames") ? columns : 2 * columns;
    for (int i = 0; i < texts; i++) {
      int length = varUInt(chunk, position);
      position[0] += length;
    }
    return position[0];
  }

  private static int varUInt(MemorySegment chunk, int[] position) {
    int value = 0;
    for (int shift = 0; shift < 32; shift += 7) {
      byte b = chunk.get(ValueLayout.JAVA_BYTE, position[0]++);
      value |= (b & 0x7f) << shift;
      if (b >= 0) {
        break;
      }
    }
    return value;
  }
}
