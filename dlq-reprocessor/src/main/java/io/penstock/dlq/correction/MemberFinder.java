package io.penstock.dlq.correction;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the bytes of one member, and reads the whole text on the way, so that what is no JSON is
 * noticed. Used once. The recursion goes as deep as the field's path, never as the text nests.
 */
final class MemberFinder {
  private final byte[] json;
  private final FieldPath path;
  private final JsonParser parser;

  private int found;
  private int nameStart;
  private int valueStart;
  private int valueEnd;
  private JsonToken kind = JsonToken.START_OBJECT;
  private int insertAt;
  private boolean empty;

  /**
   * Where a field is, or how far its path leads.
   *
   * @param found how many of the path's names are there; the rest is about the last of those
   * @param nameStart where its name starts, with the quote; means nothing if nothing was found
   * @param valueStart where its value starts
   * @param valueEnd the index after its value
   * @param kind its value's first token; that of the event itself if nothing was found
   * @param insertAt where the next name's member would go, if this is an object that lacks it
   * @param empty whether that object has no member yet
   */
  record Place(
      int found,
      int nameStart,
      int valueStart,
      int valueEnd,
      JsonToken kind,
      int insertAt,
      boolean empty) {}

  private MemberFinder(byte[] json, FieldPath path, JsonParser parser) {
    this.json = json;
    this.path = path;
    this.parser = parser;
  }

  /**
   * Reads the text to its end.
   *
   * @param json UTF-8 without a byte order mark and without NUL
   * @throws NotCorrectable if it is no JSON object, or a name of the path stands twice in one
   *     object
   */
  static Place find(byte[] json, FieldPath path) throws NotCorrectable {
    try (JsonParser parser = StrictJson.parser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new NotCorrectable("the event is not a JSON object");
      }
      MemberFinder finder = new MemberFinder(json, path, parser);
      finder.scan(0);
      if (parser.nextToken() != null) {
        throw new NotCorrectable("the event is not one JSON object: more follows after it");
      }
      return new Place(
          finder.found,
          finder.nameStart,
          finder.valueStart,
          finder.valueEnd,
          finder.kind,
          finder.insertAt,
          finder.empty);
    } catch (JsonProcessingException e) {
      // Jackson's own words may quote the event.
      throw new NotCorrectable(
          e instanceof StreamConstraintsException
              ? "the event is nested deeper than the router reads, or has names chosen to slow readers"
              : "the event is not JSON" + where(e.getLocation()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String where(@Nullable JsonLocation location) {
    return location == null ? "" : ", near byte " + location.getByteOffset();
  }

  /**
   * From the opening to the closing brace of the object around the path's name at {@code level}.
   */
  private void scan(int level) throws IOException, NotCorrectable {
    String wanted = path.names().get(level);
    boolean seen = false;
    boolean first = true;
    int end = tokenStart() + 1;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean ours = parser.currentName().equals(wanted);
      if (ours && seen) {
        throw new NotCorrectable(path.prefix(level + 1) + " stands twice in the event");
      }
      int name = tokenStart();
      JsonToken value = parser.nextToken();
      int start = tokenStart();
      if (ours) {
        seen = true;
        found = level + 1;
        nameStart = name;
        valueStart = start;
        kind = value;
      }
      if (ours && level + 1 < path.depth() && value == JsonToken.START_OBJECT) {
        scan(level + 1);
      } else {
        parser.skipChildren();
      }
      end = endOfValue(start);
      if (ours && found == level + 1) {
        valueEnd = end;
      }
      first = false;
    }
    if (found == level) {
      insertAt = end;
      empty = first;
    }
  }

  private int tokenStart() {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  /** The index after the value that was read last. */
  private int endOfValue(int start) throws IOException {
    return switch (parser.currentToken()) {
      case END_OBJECT, END_ARRAY -> tokenStart() + 1;
      case VALUE_STRING -> {
        parser.finishToken();
        yield (int) parser.currentLocation().getByteOffset();
      }
      default -> endOfWord(start);
    };
  }

  private int endOfWord(int start) {
    int i = start;
    while (i < json.length && ",]} \t\r\n".indexOf(json[i]) < 0) {
      i++;
    }
    return i;
  }
}
