package io.penstock.dlq.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.config.ConfigException;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.NearMatch;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.refusal.Reason;
import io.penstock.dlq.letter.LetterText;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A filter that notices while letters pass whether what it names is there at all, so that a typing
 * mistake does not read like "no dead letters". A reason, cause or client counts as there if any
 * letter has it, settled or not. So do Penstock's own reasons, the clients in PostgreSQL, and the
 * place of every record in Kafka. Not thread-safe.
 */
final class FilterNames implements Predicate<DeadLetter> {
  /** How many names of each kind are kept to find the one that was probably meant. */
  private static final int MAX_SEEN = 10_000;

  private final LetterFilter filter;
  private final KafkaConfig kafka;
  private final Supplier<? extends DataSource> postgres;
  private final Set<String> reasons = new TreeSet<>();
  private final Set<String> fingerprints = new TreeSet<>();
  private final Set<String> clients = new TreeSet<>();
  private final Set<String> origins = new TreeSet<>();
  private boolean found;

  /**
   * @param postgres asked where no letter is of the client that is named; throws {@link
   *     ConfigException} where it is not configured
   */
  FilterNames(LetterFilter filter, KafkaConfig kafka, Supplier<? extends DataSource> postgres) {
    this.filter = filter;
    this.kafka = kafka;
    this.postgres = postgres;
  }

  @Override
  public boolean test(DeadLetter letter) {
    boolean meant = filter.test(letter);
    found |= meant;
    if (!found) {
      note(reasons, filter.reason(), letter.text(DeadLetterHeaders.REASON));
      note(fingerprints, filter.fingerprint(), letter.text(DeadLetterHeaders.FINGERPRINT));
      note(clients, filter.client(), letter.text(DeadLetterHeaders.CLIENT));
      noteOrigin(letter);
    }
    return meant;
  }

  private static void note(Set<String> seen, @Nullable String wanted, @Nullable String name) {
    if (wanted != null && name != null && (seen.size() < MAX_SEEN || name.equals(wanted))) {
      seen.add(name);
    }
  }

  private void noteOrigin(DeadLetter letter) {
    String wanted = filter.origin();
    if (wanted != null && origins.size() < MAX_SEEN) {
      String near =
          NearMatch.of(
              wanted,
              Stream.of(letter.name(), letter.shortName(), letter.place())
                  .filter(Objects::nonNull)
                  .toList());
      note(origins, wanted, near);
    }
  }

  /**
   * Checks the names; call it when all letters have passed.
   *
   * @param err told where it cannot be known
   * @throws CommandFailure if no letter matched, and what the filter names is not there
   */
  void require(PrintWriter err) {
    if (found) {
      return;
    }
    List<String> problems =
        Stream.of(reason(), fingerprint(), client(err), origin())
            .filter(problem -> !problem.isEmpty())
            .toList();
    if (problems.size() == 1) {
      throw CommandFailure.usage(problems.getFirst()).remedy("./penstock dlq stats");
    }
    if (!problems.isEmpty()) {
      throw CommandFailure.usage("The filters name what is not there")
          .problems(problems)
          .remedy("./penstock dlq stats");
    }
  }

  private String reason() {
    String wanted = filter.reason();
    if (wanted == null || isReason(wanted) || reasons.contains(wanted)) {
      return "";
    }
    List<String> all = new ArrayList<>(reasons);
    Stream.of(Reason.values()).map(Reason::name).forEach(all::add);
    return "--reason: there is no reason \"" + wanted + "\"" + NearMatch.question(wanted, all);
  }

  private static boolean isReason(String text) {
    return Stream.of(Reason.values()).anyMatch(reason -> reason.name().equals(text));
  }

  /** Checks a fingerprint's form only: one that no letter has any more may still be right. */
  private String fingerprint() {
    String wanted = filter.fingerprint();
    if (wanted == null || fingerprints.contains(wanted)) {
      return "";
    }
    String[] parts = wanted.split(":", 4);
    if (parts.length == 4
        && isReason(parts[1])
        && Reason.valueOf(parts[1]).stage().label().equals(parts[0])) {
      return "";
    }
    return "--fingerprint: no letter has the cause \""
        + wanted
        + "\""
        + NearMatch.question(wanted, fingerprints);
  }

  private String client(PrintWriter err) {
    String wanted = filter.client();
    if (wanted == null || clients.contains(wanted)) {
      return "";
    }
    try (Connection connection = postgres.get().getConnection()) {
      return ClientsTable.exists(connection, wanted)
          ? ""
          : "--client: " + ClientsTable.unknown(connection, wanted);
    } catch (ConfigException | SQLException e) {
      err.println(
          "No letter is of the client \"%s\"; whether there is one, PostgreSQL cannot be asked: %s"
              .formatted(LetterText.line(wanted), e.getMessage()));
      return "";
    }
  }

  private String origin() {
    String wanted = filter.origin();
    if (wanted == null || origins.contains(wanted)) {
      return "";
    }
    String problem = OriginName.problem(wanted, kafka);
    return problem.isEmpty() ? "" : "--origin: " + problem + NearMatch.question(wanted, origins);
  }
}
