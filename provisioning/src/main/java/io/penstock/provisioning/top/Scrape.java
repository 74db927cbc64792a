package io.penstock.provisioning.top;

import java.net.URI;
import java.time.Instant;
import java.util.List;

/** What came of asking a process. */
public sealed interface Scrape {
  /** Who was asked. */
  Address address();

  /**
   * What came of asking all, at one moment.
   *
   * @param nanos the moment again, by {@link System#nanoTime}
   */
  record Round(Instant at, long nanos, List<Scrape> scrapes) {
    public Round {
      scrapes = List.copyOf(scrapes);
    }

    /** Whether nobody has answered. */
    public boolean isSilent() {
      return scrapes.stream().allMatch(Silence.class::isInstance);
    }
  }

  /**
   * Where a process serves metrics and health.
   *
   * @param uri without a path
   * @param expected what should be there; {@link Kind#UNKNOWN}: nobody said
   */
  record Address(URI uri, Kind expected) {
    /** For people. */
    String text() {
      return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
    }
  }

  /** The processes that stay. */
  enum Kind {
    /** {@code ./penstock router}. */
    ROUTER("router"),
    /** {@code ./penstock dlq run}. */
    DLQ("dlq run"),
    /** {@code ./penstock clients provision --watch}. */
    PROVISION("provision"),
    /** One of them. */
    UNKNOWN("?");

    private final String title;

    Kind(String title) {
      this.title = title;
    }

    /** For people. */
    String title() {
      return title;
    }
  }

  /** How a process is. */
  enum State {
    /** Ready, and nothing is wrong. */
    OK,
    /** Ready, and something is wrong. */
    DEGRADED,
    /** Not ready. */
    FAILING,
    /** It does not answer. */
    SILENT
  }

  /**
   * It has answered.
   *
   * @param state of its health; never {@link State#SILENT}
   * @param problems a sentence each
   */
  record Answer(Address address, Kind kind, Samples samples, State state, List<String> problems)
      implements Scrape {
    public Answer {
      problems = List.copyOf(problems);
    }
  }

  /**
   * It has not answered, or is no process of Penstock's.
   *
   * @param reason for people
   */
  record Silence(Address address, String reason) implements Scrape {}
}
