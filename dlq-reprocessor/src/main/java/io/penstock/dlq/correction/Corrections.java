package io.penstock.dlq.correction;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.Headers;

/**
 * The corrections of one {@code dlq edit}, made one after another, all or none. Immutable,
 * thread-safe.
 *
 * <p>Bytes that no correction touches stay as they are: white space, the order of members, numbers
 * such as 1.10 and 1e400, escapes, members that stand twice elsewhere. A new member goes to the end
 * of its object, a new value into the place of the old one. Every correction costs a pass of the
 * parser over the event.
 *
 * <ul>
 *   <li><b>set</b>: the field gets the value. Where it, or objects around it, are absent or null,
 *       they are made.
 *   <li><b>default</b>: as set, only where the field is absent or null.
 *   <li><b>rename</b>: the field gets another name in the same object. Nothing happens where it is
 *       absent; it is impossible where the other name is there too, be it null.
 *   <li><b>parse-time</b>: a text or a number in some form becomes ISO-8601 in UTC with
 *       milliseconds; see {@link TimePattern}. Impossible where it is absent, null or does not fit.
 *   <li><b>to-string</b>: a number or a boolean becomes a string of the same characters. Nothing
 *       happens where it is a string, absent or null.
 * </ul>
 *
 * <p>A name of the field's path that stands twice in one object is impossible: the router refuses
 * an event with a field of the contract twice, so none of the two counts. So is what the router
 * would not read either, whatever the corrections: bytes that are no JSON object, in another
 * encoding than UTF-8, with a byte order mark, or nested more than 256 deep. And, which the router
 * would read, a name with half a surrogate pair written as an escape.
 *
 * <p>{@code client_id} and {@code api_key_hash} may come as record headers, which win over members.
 * Where such a header is there, set changes the header (a member of that name, which nobody reads,
 * stays); default does nothing; to rename the field, or another to its name, is impossible. Of
 * several headers of the name the last one counts, as for the router.
 */
public final class Corrections {
  private final List<Correction> steps;

  /**
   * @param steps in the order in which they are made
   */
  public Corrections(List<Correction> steps) {
    this.steps = List.copyOf(steps);
  }

  /**
   * Corrects one letter. Whatever the bytes are, the answer is a {@link Corrected}, never an
   * exception.
   *
   * @param value the event's bytes, not changed
   * @param headers the letter's headers, not changed
   */
  public Corrected apply(byte[] value, Headers headers) {
    try {
      Draft draft = new Draft(value, headers);
      for (Correction step : steps) {
        step.applyTo(draft);
      }
      return draft.finish();
    } catch (NotCorrectable e) {
      return new Corrected.Impossible(e.why());
    }
  }

  /** What is done, on one line, for the audit log: in order, with secrets masked. */
  public String describe() {
    return steps.stream().map(Correction::toString).collect(Collectors.joining("; "));
  }

  @Override
  public String toString() {
    return describe();
  }
}
