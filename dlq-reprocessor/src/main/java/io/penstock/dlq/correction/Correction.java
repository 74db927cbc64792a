package io.penstock.dlq.correction;

import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * One mechanical change to an event. Immutable; {@code toString} says it for the audit log, with
 * secrets masked. What a correction means is told at {@link Corrections}.
 */
public sealed interface Correction {
  /**
   * Makes the change, if there is one to make.
   *
   * @throws NotCorrectable if it cannot be made; the draft is then of no use
   */
  void applyTo(Draft draft) throws NotCorrectable;

  /** The field gets this value, whatever it was. */
  record SetField(FieldPath field, NewValue value) implements Correction {
    @Override
    public void applyTo(Draft draft) throws NotCorrectable {
      if (draft.hasHeaderFor(field)) {
        draft.setHeaderFor(field, value.text());
      } else {
        put(draft, draft.find(field), field, value.json());
      }
    }

    @Override
    public String toString() {
      return "set " + field + "=" + value;
    }
  }

  /** The field gets this value where it is absent or null. */
  record DefaultField(FieldPath field, NewValue value) implements Correction {
    @Override
    public void applyTo(Draft draft) throws NotCorrectable {
      if (draft.hasHeaderFor(field)) {
        return;
      }
      MemberFinder.Place place = draft.find(field);
      if (place.found() < field.depth() || place.kind() == JsonToken.VALUE_NULL) {
        put(draft, place, field, value.json());
      }
    }

    @Override
    public String toString() {
      return "default " + field + "=" + value;
    }
  }

  /** The field, if it is there, gets another name; its value, null included, stays. */
  record RenameField(FieldPath from, FieldPath to) implements Correction {
    @Override
    public void applyTo(Draft draft) throws NotCorrectable {
      if (draft.hasHeaderFor(from)) {
        throw new NotCorrectable(
            from + " comes from the record header " + from.header() + ", which has no other name");
      }
      MemberFinder.Place old = draft.find(from);
      if (old.found() < from.depth()) {
        return;
      }
      if (draft.hasHeaderFor(to)) {
        throw new NotCorrectable(
            "%s and %s are both there, the latter as the record header %s"
                .formatted(from, to, to.header()));
      }
      if (draft.find(to).found() == to.depth()) {
        throw new NotCorrectable(from + " and " + to + " are both there");
      }
      draft.splice(
          old.nameStart(),
          endOfString(draft.bytes(), old.nameStart()),
          StrictJson.quoted(to.last()));
    }

    /** The index after the string that starts here; it is known to be one. */
    private static int endOfString(byte[] json, int start) {
      int i = start + 1;
      while (json[i] != '"') {
        i += json[i] == '\\' ? 2 : 1;
      }
      return i + 1;
    }

    @Override
    public String toString() {
      return "rename " + from + "=" + to;
    }
  }

  /** The time that the field tells in some other form is written as ISO-8601. */
  record ParseTime(FieldPath field, TimePattern pattern) implements Correction {
    /** No time is written longer. */
    private static final int MAX_BYTES = 128;

    @Override
    public void applyTo(Draft draft) throws NotCorrectable {
      MemberFinder.Place place = draft.find(field);
      if (place.found() < field.depth() || place.kind() == JsonToken.VALUE_NULL) {
        throw new NotCorrectable(field + " is absent or null");
      }
      String time = pattern.toIso(field, text(draft.bytes(), place));
      draft.splice(place.valueStart(), place.valueEnd(), StrictJson.quoted(time));
    }

    private String text(byte[] json, MemberFinder.Place place) throws NotCorrectable {
      int length = place.valueEnd() - place.valueStart();
      boolean string = place.kind() == JsonToken.VALUE_STRING;
      if (!string
          && place.kind() != JsonToken.VALUE_NUMBER_INT
          && place.kind() != JsonToken.VALUE_NUMBER_FLOAT) {
        throw new NotCorrectable(field + " is " + shape(place.kind()) + ", not a text or a number");
      }
      if (length > MAX_BYTES) {
        throw new NotCorrectable(field + " has " + length + " bytes: too long for a time");
      }
      try {
        return string
            ? StrictJson.unquoted(json, place.valueStart(), place.valueEnd())
            : new String(json, place.valueStart(), length, StandardCharsets.US_ASCII);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String toString() {
      return "parse-time " + field + "=" + pattern;
    }
  }

  /** A number or a boolean becomes a string of the same characters; absent or null it stays. */
  record ToText(FieldPath field) implements Correction {
    @Override
    public void applyTo(Draft draft) throws NotCorrectable {
      MemberFinder.Place place = draft.find(field);
      if (draft.hasHeaderFor(field)
          || place.found() < field.depth()
          || place.kind() == JsonToken.VALUE_NULL
          || place.kind() == JsonToken.VALUE_STRING) {
        return;
      }
      if (place.kind() == JsonToken.START_OBJECT || place.kind() == JsonToken.START_ARRAY) {
        throw new NotCorrectable(
            field + " is " + shape(place.kind()) + ", not a number or a boolean");
      }
      int length = place.valueEnd() - place.valueStart();
      String written =
          new String(draft.bytes(), place.valueStart(), length, StandardCharsets.US_ASCII);
      draft.splice(place.valueStart(), place.valueEnd(), StrictJson.quoted(written));
    }

    @Override
    public String toString() {
      return "to-string " + field;
    }
  }

  private static void put(Draft draft, MemberFinder.Place place, FieldPath field, byte[] json)
      throws NotCorrectable {
    if (place.found() == field.depth()) {
      draft.splice(place.valueStart(), place.valueEnd(), json);
    } else if (place.kind() == JsonToken.START_OBJECT) {
      byte[] member = member(field, place.found(), json);
      byte[] added = new byte[place.empty() ? member.length : member.length + 1];
      added[0] = ',';
      System.arraycopy(member, 0, added, added.length - member.length, member.length);
      draft.splice(place.insertAt(), place.insertAt(), added);
    } else if (place.kind() == JsonToken.VALUE_NULL) {
      byte[] member = member(field, place.found(), json);
      byte[] object = new byte[member.length + 2];
      object[0] = '{';
      System.arraycopy(member, 0, object, 1, member.length);
      object[object.length - 1] = '}';
      draft.splice(place.valueStart(), place.valueEnd(), object);
    } else {
      throw new NotCorrectable(
          field.prefix(place.found()) + " is " + shape(place.kind()) + ", not an object");
    }
  }

  /** The member for the path's name at {@code level}, with the objects for the names after it. */
  private static byte[] member(FieldPath field, int level, byte[] json) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = level; i < field.depth(); i++) {
      if (i > level) {
        out.write('{');
      }
      out.writeBytes(StrictJson.quoted(field.names().get(i)));
      out.write(':');
    }
    out.writeBytes(json);
    for (int i = level + 1; i < field.depth(); i++) {
      out.write('}');
    }
    return out.toByteArray();
  }

  private static String shape(JsonToken kind) {
    return switch (kind) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      default -> "a boolean";
    };
  }
}
