package io.penstock.core.cli;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjIntConsumer;

/** Reads comma-separated values with a header line, as RFC 4180 describes them, row by row. */
public final class Csv {
  private static final char BYTE_ORDER_MARK = '\ufeff';

  private Csv() {}

  /**
   * Hands on every row below the header, with the number of the line that it begins in; the header
   * is in line 1.
   *
   * @param text is closed at the end
   * @param problems gets the lines that have another number of fields than the header, which are
   *     left out, and the first wrong quote, behind which nothing is read
   * @param rows takes a row as values by column name, in the header's order
   * @throws IOException if the text cannot be read
   */
  public static void read(
      BufferedReader text, LineProblems problems, ObjIntConsumer<Map<String, String>> rows)
      throws IOException {
    skipByteOrderMark(text);
    int line = 1;
    try (CsvReader<CsvRecord> reader =
        CsvReader.builder()
            .skipEmptyLines(false) // in a file with one column they are values
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .allowUnclosedQuote(false)
            .ofCsvRecord(text)) {
      List<String> header = List.of();
      for (CsvRecord one : reader) {
        List<String> fields = one.getFields();
        if (line == 1) {
          header = fields;
        } else if (fields.size() == header.size()) {
          rows.accept(row(header, fields), line);
        } else if (!fields.equals(List.of(""))) { // an empty line
          problems.add(
              line, "%d fields, the header has %d".formatted(fields.size(), header.size()));
        }
        line += 1 + lineBreaks(fields);
      }
    } catch (CsvParseException broken) {
      problems.add(line, "a quote is not closed, or text follows a closing one; no more is read");
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
  }

  private static void skipByteOrderMark(BufferedReader text) throws IOException {
    text.mark(1);
    if (text.read() != BYTE_ORDER_MARK) {
      text.reset();
    }
  }

  private static Map<String, String> row(List<String> header, List<String> fields) {
    Map<String, String> row = new LinkedHashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      row.put(header.get(i), fields.get(i));
    }
    return row;
  }

  private static int lineBreaks(List<String> fields) {
    return (int) fields.stream().flatMapToInt(String::chars).filter(c -> c == '\n').count();
  }
}
