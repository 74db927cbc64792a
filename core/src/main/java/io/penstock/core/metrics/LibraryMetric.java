package io.penstock.core.metrics;

import io.penstock.core.metrics.Metric.Kind;
import io.penstock.core.metrics.Metric.Owner;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A metric that a library takes of itself. The catalogue has those that are kept: what an operator
 * looks at, and what Prometheus's own check of names can live with. Micrometer's binders have ten
 * times as many, which {@link LibraryFilter} drops. What Kafka's clients tell by topic or partition
 * too is left out: a binder shows it by client until the first record, and by topic from then on.
 *
 * @param name as Prometheus shows it
 * @param labels their names
 * @param help what it tells, without a full stop; shown instead of the library's own
 */
public record LibraryMetric(
    Library library, Kind kind, String unit, String name, List<String> labels, String help) {

  /** Every one, in the order of the documentation. */
  public static final List<LibraryMetric> ALL =
      Stream.of(Library.values()).flatMap(Library::metrics).toList();

  public LibraryMetric {
    labels = List.copyOf(labels);
  }

  /** Where metrics come from. */
  public enum Library {
    JVM(
        "JVM",
        """
        gauge;   bytes;   jvm_memory_used_bytes;               area, id; Memory in use, by pool
        gauge;   bytes;   jvm_memory_committed_bytes;          area, id; Memory that the pool has from the system
        gauge;   bytes;   jvm_memory_max_bytes;                area, id; Bound of the pool; -1 if it has none
        gauge;   bytes;   jvm_buffer_memory_used_bytes;        id; Memory of buffers outside the heap
        summary; seconds; jvm_gc_pause_seconds;                action, cause, gc; Pauses of the garbage collector. Absent until there was one of the labels
        counter; bytes;   jvm_gc_memory_allocated_bytes_total; ; Memory allocated in the young generation
        counter; bytes;   jvm_gc_memory_promoted_bytes_total;  ; Memory that went into the old generation
        gauge;   bytes;   jvm_gc_live_data_size_bytes;         ; Old generation in use after it was collected last
        gauge;   bytes;   jvm_gc_max_data_size_bytes;          ; Bound of the old generation
        gauge;   threads; jvm_threads_live_threads;            ; Threads of the platform
        gauge;   threads; jvm_threads_states_threads;          state; The same by state
        gauge;   classes; jvm_classes_loaded_classes;          ; Classes that are loaded
        """),
    PROCESS(
        "Process",
        """
        gauge; 1;       process_cpu_usage;          ; Share of the machine's processors that this process uses
        gauge; 1;       system_cpu_usage;           ; Share that all processes use
        gauge; 1;       system_load_average_1m;     ; Load of the machine, mean of a minute
        gauge; seconds; process_start_time_seconds; ; When the process started, in seconds since 1970
        gauge; seconds; process_uptime_seconds;     ; For how long it has run
        gauge; files;   process_files_open_files;   ; Open files and connections
        gauge; files;   process_files_max_files;    ; How many it may have open
        """),
    HIKARI(
        "HikariCP: connections to PostgreSQL, less those that listen",
        """
        gauge;   connections; hikaricp_connections;                 pool; Connections of the pool
        gauge;   connections; hikaricp_connections_active;          pool; Of these, in use
        gauge;   connections; hikaricp_connections_idle;            pool; Of these, not in use
        gauge;   threads;     hikaricp_connections_pending;         pool; Threads that wait for a connection
        gauge;   connections; hikaricp_connections_max;             pool; Bound of the pool
        counter; requests;    hikaricp_connections_timeout_total;   pool; Requests that got no connection in time
        summary; seconds;     hikaricp_connections_acquire_seconds; pool; Time until a request got its connection
        summary; seconds;     hikaricp_connections_usage_seconds;   pool; Time for which connections were used
        """),
    CAFFEINE(
        "Caffeine: clients in memory",
        """
        gauge;   entries; cache_size;            cache; Entries held
        counter; entries; cache_evictions_total; cache; Entries dropped because the cache was full or they were too old
        """),
    STREAMS(
        "Kafka Streams",
        """
        gauge;   threads; kafka_stream_alive_stream_threads;        client_id, kafka_version; Stream threads that run
        counter; threads; kafka_stream_failed_stream_threads_total; client_id, kafka_version; Stream threads that failed; another took the place of each
        counter; records; kafka_stream_thread_process_total;        kafka_version, thread_id; Records handed to the processor
        counter; polls;   kafka_stream_thread_poll_total;           kafka_version, thread_id; Polls
        counter; commits; kafka_stream_thread_commit_total;         kafka_version, thread_id; Commits, those that are held included
        gauge;   1;       kafka_stream_thread_poll_ratio;           kafka_version, thread_id; Share of the thread's time that goes into polls
        gauge;   1;       kafka_stream_thread_process_ratio;        kafka_version, thread_id; Share that goes into records
        gauge;   1;       kafka_stream_thread_commit_ratio;         kafka_version, thread_id; Share that goes into commits, inserts included
        gauge;   ms;      kafka_stream_thread_commit_latency_max;   kafka_version, thread_id; Longest commit of the last minute
        gauge;   records; kafka_stream_thread_poll_records_max;     kafka_version, thread_id; Most records of a poll in the last minute
        """),
    CONSUMER(
        "Kafka's consumers",
        """
        counter; requests;    kafka_consumer_fetch_manager_fetch_total;              client_id, kafka_version; Fetches
        gauge;   ms;          kafka_consumer_fetch_manager_fetch_latency_max;        client_id, kafka_version; Longest fetch of the last minute
        gauge;   ms;          kafka_consumer_fetch_manager_fetch_throttle_time_max;  client_id, kafka_version; For how long a broker has put the client off at most, for its quota
        counter; bytes;       kafka_consumer_incoming_byte_total;                    client_id, kafka_version; Bytes received
        counter; requests;    kafka_consumer_request_total;                          client_id, kafka_version; Requests sent
        counter; heartbeats;  kafka_consumer_coordinator_heartbeat_total;            client_id, kafka_version; Heartbeats sent
        gauge;   seconds;     kafka_consumer_coordinator_last_heartbeat_seconds_ago; client_id, kafka_version; Since the last of them
        gauge;   seconds;     kafka_consumer_last_poll_seconds_ago;                  client_id, kafka_version; Since the last poll; -1 before the first
        gauge;   partitions;  kafka_consumer_coordinator_assigned_partitions;        client_id, kafka_version; Partitions that the consumer has
        counter; rebalances;  kafka_consumer_coordinator_rebalance_total;            client_id, kafka_version; Rebalances of the group
        counter; rebalances;  kafka_consumer_coordinator_failed_rebalance_total;     client_id, kafka_version; Of these, those that failed
        gauge;   ms;          kafka_consumer_coordinator_rebalance_latency_max;      client_id, kafka_version; Longest rebalance of the last minute
        gauge;   ms;          kafka_consumer_coordinator_commit_latency_max;         client_id, kafka_version; Longest commit of the last minute
        counter; connections; kafka_consumer_connection_creation_total;              client_id, kafka_version; Connections opened
        counter; connections; kafka_consumer_connection_close_total;                 client_id, kafka_version; Connections closed
        counter; connections; kafka_consumer_failed_authentication_total;            client_id, kafka_version; Connections that a broker did not let in
        """),
    PRODUCER(
        "Kafka's producers: dead letters and the ledger, and the canary's events",
        """
        counter; records;     kafka_producer_record_send_total;           client_id, kafka_version; Records sent
        counter; records;     kafka_producer_record_retry_total;          client_id, kafka_version; Records sent once more
        counter; records;     kafka_producer_record_error_total;          client_id, kafka_version; Records that could not be sent; the commit behind them is refused
        gauge;   ms;          kafka_producer_request_latency_max;         client_id, kafka_version; Longest request of the last minute
        gauge;   ms;          kafka_producer_produce_throttle_time_max;   client_id, kafka_version; For how long a broker has put the client off at most, for its quota
        counter; bytes;       kafka_producer_outgoing_byte_total;         client_id, kafka_version; Bytes sent
        counter; requests;    kafka_producer_request_total;               client_id, kafka_version; Requests sent
        gauge;   requests;    kafka_producer_requests_in_flight;          client_id, kafka_version; Requests without an answer
        gauge;   bytes;       kafka_producer_buffer_available_bytes;      client_id, kafka_version; Room left for records that wait to be sent
        gauge;   bytes;       kafka_producer_buffer_total_bytes;          client_id, kafka_version; Room for them
        counter; connections; kafka_producer_connection_creation_total;   client_id, kafka_version; Connections opened
        counter; connections; kafka_producer_connection_close_total;      client_id, kafka_version; Connections closed
        counter; connections; kafka_producer_failed_authentication_total; client_id, kafka_version; Connections that a broker did not let in
        """),
    ADMIN(
        "Kafka's admin clients",
        """
        counter; requests;    kafka_admin_client_request_total;               client_id, kafka_version; Requests sent
        counter; connections; kafka_admin_client_connection_creation_total;   client_id, kafka_version; Connections opened
        counter; connections; kafka_admin_client_connection_close_total;      client_id, kafka_version; Connections closed
        counter; connections; kafka_admin_client_failed_authentication_total; client_id, kafka_version; Connections that a broker did not let in
        """);

    private final String title;
    private final String kept;

    /**
     * @param kept the metrics, one a line: kind; unit; name; labels; help
     */
    Library(String title, String kept) {
      this.title = title;
      this.kept = kept;
    }

    /** For a heading. */
    public String title() {
      return title;
    }

    /** The processes that have its metrics. */
    public List<Owner> owners() {
      return switch (this) {
        case JVM, PROCESS, HIKARI -> List.of(Owner.ALL);
        case CAFFEINE, STREAMS -> List.of(Owner.ROUTER);
        case PRODUCER, ADMIN -> List.of(Owner.ROUTER, Owner.PROVISION);
        case CONSUMER -> List.of(Owner.ROUTER, Owner.DLQ);
      };
    }

    private Stream<LibraryMetric> metrics() {
      return kept.lines().map(this::metric);
    }

    private LibraryMetric metric(String line) {
      String[] parts = line.split("; *", 5);
      return new LibraryMetric(
          this,
          Kind.valueOf(parts[0].toUpperCase(Locale.ROOT)),
          parts[1],
          parts[2],
          parts[3].isEmpty() ? List.of() : List.of(parts[3].split(", ")),
          parts[4]);
    }
  }
}
