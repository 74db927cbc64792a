package io.penstock.dlq.correction;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.event.EventParser;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Names one member of an event: {@code user_id}, or {@code event_properties.price} for one within
 * an object. Names are compared as JSON means them, escapes resolved. A name that has a dot itself
 * cannot be named so.
 *
 * @param names from the outermost object inwards; at least one, none empty
 */
public record FieldPath(List<String> names) {
  /** So that the descent into objects, which recurses, stays shallow. */
  private static final int MAX_NAMES = 32;

  /** What the event contract wants as strings. */
  private static final Set<String> STRINGS =
      Set.of(
          "client_id",
          "api_key_hash",
          "event_name",
          "event_id",
          "user_id",
          "anonymous_id",
          "session_id");

  /**
   * Reads what the operator wrote.
   *
   * @param option whose argument it is, for the message
   * @throws CommandFailure if it names nothing
   */
  public static FieldPath parse(String option, String text) {
    List<String> names = List.of(text.split("\\.", -1));
    if (names.contains("")) {
      throw CommandFailure.usage(
          option + ": \"" + text + "\" is no field: write user_id, or event_properties.price");
    }
    if (names.size() > MAX_NAMES) {
      throw CommandFailure.usage(option + ": a field is at most " + MAX_NAMES + " objects deep");
    }
    return new FieldPath(names);
  }

  /** How many names there are. */
  public int depth() {
    return names.size();
  }

  /** The member's own name. */
  public String last() {
    return names.getLast();
  }

  /** The objects around it. */
  public List<String> parents() {
    return names.subList(0, names.size() - 1);
  }

  /** The first so many names, as a field is written. */
  public String prefix(int count) {
    return String.join(".", names.subList(0, count));
  }

  /** The record header that wins over this field; null for all fields but two. */
  public @Nullable String header() {
    return switch (toString()) {
      case "client_id" -> EventParser.CLIENT_ID_HEADER;
      case "api_key_hash" -> EventParser.API_KEY_HASH_HEADER;
      default -> null;
    };
  }

  /** Whether the event contract accepts nothing but a string here. */
  boolean isString() {
    return names.size() == 1 && STRINGS.contains(last());
  }

  /** As the operator wrote it. */
  @Override
  public String toString() {
    return String.join(".", names);
  }
}
