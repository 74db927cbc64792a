package io.penstock.core.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The names of a dead letter's headers: a contract with on-call's tools. Values are UTF-8 text; an
 * instant is ISO-8601 in UTC, a Kafka timestamp is in epoch milliseconds.
 */
public final class DeadLetterHeaders {
  /** What all of Penstock's own headers begin with. */
  public static final String PREFIX = "penstock.dlq.";

  /** The original record's key; absent if that was null. */
  public static final String KEY = PREFIX + "key";

  public static final String STAGE = PREFIX + "stage";
  public static final String REASON = PREFIX + "reason";
  public static final String DETAIL = PREFIX + "detail";

  /** The client the event claims to be of; absent where not even that could be read. */
  public static final String CLIENT = PREFIX + "client";

  public static final String TOPIC = PREFIX + "topic";

  /** The origin topic's id, from which an event without an id derives one. */
  public static final String TOPIC_ID = PREFIX + "topic-id";

  public static final String PARTITION = PREFIX + "partition";
  public static final String OFFSET = PREFIX + "offset";

  /** The broker's timestamp of the original record. */
  public static final String TIMESTAMP = PREFIX + "timestamp";

  /**
   * Where the record stands that failed: its topic's id, partition and offset, separated by spaces.
   * Other than the origin's, if that record was a replay.
   */
  public static final String RECORD = PREFIX + "record";

  public static final String FAILED_AT = PREFIX + "failed-at";
  public static final String FIRST_FAILED_AT = PREFIX + "first-failed-at";

  /** How many times the event has failed, from 1. */
  public static final String ATTEMPT = PREFIX + "attempt";

  public static final String RETRY = PREFIX + "retry";

  /** ClickHouse's error code; absent where ClickHouse was not asked. */
  public static final String CLICKHOUSE_CODE = PREFIX + "clickhouse-code";

  /** Equal for dead letters of the same cause. */
  public static final String FINGERPRINT = PREFIX + "fingerprint";

  /** The stack trace of a bug, under Kafka Streams' own name for it. */
  public static final String STACK_TRACE = "__streams.errors.stacktrace";

  /** Present where headers were left out, because the topic did not take the letter with them. */
  public static final String TRIMMED = PREFIX + "trimmed";

  /**
   * Present where the letter's value is not the record's: {@code gone} where Kafka had deleted the
   * record and the value was made of its row, {@code left-out} where the value was too large for a
   * letter and the record still stands in its topic.
   */
  public static final String ORIGINAL = PREFIX + "original";

  /** Of a value that was left out: its size in bytes. */
  public static final String VALUE_SIZE = PREFIX + "value-size";

  /** Of a value that was left out: its SHA-256 in hexadecimal digits. */
  public static final String VALUE_SHA256 = PREFIX + "value-sha256";

  /** The replay that brought the event back last; absent if none has. */
  public static final String REPLAY = PREFIX + "replay";

  /** On a replayed event: {@link ReplaySignature}; 32 bytes, not text. */
  public static final String SIGNATURE = PREFIX + "signature";

  /**
   * On a tombstone: {@code replayed} or {@code discarded}. It has the headers besides that say
   * which record had failed; see {@link LetterState}.
   */
  public static final String SETTLED = PREFIX + "settled";

  public static final String ROUTER_VERSION = PREFIX + "router-version";

  private DeadLetterHeaders() {}

  /** Adds a header with this text. */
  public static void put(Headers headers, String name, String text) {
    headers.add(name, text.getBytes(UTF_8));
  }

  /** A header's text, the last one of this name; null if it is absent. */
  static @Nullable String text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
  }
}
