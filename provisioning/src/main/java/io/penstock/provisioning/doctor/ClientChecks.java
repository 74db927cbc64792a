package io.penstock.provisioning.doctor;

import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable.WithKeys;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds where PostgreSQL, ClickHouse and Redis disagree about clients, and what waits for an
 * operator.
 */
final class ClientChecks {
  private static final Duration LONG_PENDING = Duration.ofHours(1);
  private static final Duration LONG_DROP = Duration.ofHours(1);
  private static final Duration SOON = Duration.ofDays(7);

  /** The prefix of databases of clients, unless an operator chose another name. */
  private static final String DATABASE_PREFIX = "client_";

  private final ClientsView view;
  private final Instant at;
  private final Map<String, Set<String>> withEvents = new HashMap<>();
  private final Findings findings = new Findings();

  private ClientChecks(ClientsView view) {
    this.view = view;
    this.at = view.metadata().at();
  }

  static List<Finding> judge(ClientsView view) {
    ClientChecks checks = new ClientChecks(view);
    checks.count();
    checks.judgeTargets();
    checks.judgeDatabases();
    checks.judgeStrays();
    checks.judgeLedger();
    checks.judgeRedis();
    checks.judgeWaiting();
    checks.judgeKeys();
    MigrationChecks.judge(view).forEach(checks.findings::add);
    return checks.findings.all();
  }

  private void count() {
    Map<ClientStatus, Long> counts =
        view.metadata().rows().stream()
            .collect(
                Collectors.groupingBy(
                    client -> client.status(),
                    () -> new EnumMap<>(ClientStatus.class),
                    Collectors.counting()));
    String text =
        counts.entrySet().stream()
            .map(entry -> "%,d %s".formatted(entry.getValue(), entry.getKey().text()))
            .collect(Collectors.joining(", "));
    findings.add(Finding.ok(text.isEmpty() ? "no clients" : text));
  }

  private void judgeTargets() {
    Map<String, List<String>> unknown = new TreeMap<>();
    for (ClientRow client : view.metadata().rows()) {
      String target = client.target();
      if (client.status() != ClientStatus.DEPROVISIONED && !view.targetNames().contains(target)) {
        unknown.computeIfAbsent(target, name -> new ArrayList<>()).add(client.clientId());
      }
    }
    unknown.forEach((target, clients) ->
        findings.about(
            Finding.error(
                "clients are placed on the target \"" + target + "\", which there is not",
                "./penstock targets add " + target),
            clients));
  }

  private void judgeDatabases() {
    findings.about(
        Finding.error(
            "clients have no database any more; their events become dead letters",
            "restore the database from a backup, or make it anew, empty: ./penstock migrate repair --client ID; what came meanwhile waits in the dead-letter topic"),
        ids(client -> hasData(client) && missesDatabase(client)));
    findings.about(
        Finding.error(
            "clients have a database without the table events_base; their events become dead letters",
            "restore the table from a backup, or make it anew, empty: ./penstock migrate repair --client ID"),
        ids(client -> hasData(client) && !missesDatabase(client) && missesTable(client)));
    findings.about(
        Finding.error(
            "clients are deprovisioned, and their database is still there",
            "look what it holds, then DROP DATABASE"),
        ids(client ->
            client.status() == ClientStatus.DEPROVISIONED
                && answered(client) != null
                && !missesDatabase(client)));
  }

  /** Whether the client should have its database and table. */
  private static boolean hasData(ClientRow client) {
    return switch (client.status()) {
      case ACTIVE, SUSPENDED -> true;
      case DEPROVISIONING -> client.provisionedAt() != null && client.dropStartedAt() == null;
      case PENDING, DEPROVISIONED -> false;
    };
  }

  private @Nullable ClickHouseFacts answered(ClientRow client) {
    return view.targets().get(client.target());
  }

  private boolean missesDatabase(ClientRow client) {
    ClickHouseFacts target = answered(client);
    return target != null && !target.databases().contains(client.database());
  }

  private boolean missesTable(ClientRow client) {
    ClickHouseFacts target = answered(client);
    return target != null
        && target.unread().isEmpty()
        && !withEvents
            .computeIfAbsent(client.target(), name -> target.databasesWithEvents())
            .contains(client.database());
  }

  private void judgeStrays() {
    Map<String, ClientRow> owners = new HashMap<>();
    view.metadata().rows().forEach(client -> owners.put(client.database(), client));
    List<String> ownerless = new ArrayList<>();
    List<String> elsewhere = new ArrayList<>();
    view.targets()
        .forEach((target, facts) -> {
          Set<String> tables = facts.databasesWithEvents();
          for (String database : facts.databases()) {
            if (!database.startsWith(DATABASE_PREFIX) && !tables.contains(database)) {
              continue;
            }
            ClientRow owner = owners.get(database);
            if (owner == null) {
              ownerless.add(database + " on " + target);
            } else if (!owner.target().equals(target)) {
              elsewhere.add(
                  "%s on %s (client %s is on %s)"
                      .formatted(database, target, owner.clientId(), owner.target()));
            }
          }
        });
    findings.about(
        Finding.warning(
            "databases look like a client's and belong to none",
            "look what they hold; DROP DATABASE what nobody needs"),
        ownerless);
    // Two targets may be two names of one server.
    findings.about(
        Finding.note(
            "databases of clients are on a second target too",
            "look what they hold; DROP DATABASE what nobody needs"),
        elsewhere);
  }

  private void judgeLedger() {
    String ledger = view.ledgerDatabase();
    findings.about(
        Finding.error(
            "the ledger's table stands in a client's database: its reader sees it, and it goes with the client",
            "set %s to a database of its own on routers and commands, then ./penstock setup"
                .formatted(ConfigKeys.LEDGER_DATABASE.name())),
        ids(client ->
            client.status() != ClientStatus.DEPROVISIONED
                && client.target().equals(ClickHouseConfig.TARGET)
                && client.database().equals(ledger)));
  }

  private void judgeRedis() {
    RedisLook.Comparison redis = view.redis();
    if (redis == null) {
      findings.add(Finding.note("not compared with Redis, which does not answer", ""));
      return;
    }
    findings.about(
        Finding.warning(
            "Redis holds something else of clients than PostgreSQL; routers may act on it",
            "./penstock clients provision --client ID announces the client anew"),
        redis.stale());
    findings.about(
        Finding.warning(
            "Redis holds entries of clients that are not signed with this secret, or are out of date; routers with it ask PostgreSQL instead",
            "look whether %s and the clocks are the same everywhere; if they are, somebody else writes to Redis"
                .formatted(ConfigKeys.REDIS_SIGNING_SECRET.name())),
        redis.foreign());
  }

  private void judgeWaiting() {
    findings.about(
        Finding.warning(
            "clients have been pending for more than an hour",
            "./penstock clients provision --client ID; why: ./penstock clients jobs"),
        ids(client ->
            client.status() == ClientStatus.PENDING
                && client.createdAt().isBefore(at.minus(LONG_PENDING))));
    findings.about(
        Finding.warning(
            "the grace period of clients is over, and their data still there",
            "./penstock clients deprovision --due"),
        ids(client ->
            client.status() == ClientStatus.DEPROVISIONING
                && client.dropStartedAt() == null
                && client.deprovisionAt() != null
                && client.deprovisionAt().isBefore(at)));
    findings.about(
        Finding.warning(
            "removing clients' data began more than an hour ago and did not end",
            "./penstock clients deprovision --due goes on; where it stopped: ./penstock clients jobs"),
        ids(client ->
            client.status() == ClientStatus.DEPROVISIONING
                && client.dropStartedAt() != null
                && client.dropStartedAt().isBefore(at.minus(LONG_DROP))));
  }

  private void judgeKeys() {
    Predicate<WithKeys> active = one -> one.client().status() == ClientStatus.ACTIVE;
    Instant soon = at.plus(SOON);
    findings.about(
        Finding.warning(
            "active clients have no valid key: all their events are refused",
            "./penstock keys create ID"),
        owners(active.and(one -> valid(one, at) == 0)));
    findings.about(
        Finding.warning(
            "the last valid key of active clients expires within 7 days",
            "./penstock keys rotate ID"),
        owners(active.and(one -> valid(one, at) > 0 && valid(one, soon) == 0)));
    findings.about(
        Finding.note(
            "a key of active clients expires within 7 days, and others stay valid",
            "./penstock keys list ID"),
        owners(active.and(one -> valid(one, soon) > 0 && valid(one, at) > valid(one, soon))));
  }

  private static long valid(WithKeys one, Instant when) {
    return one.keys().stream().filter(key -> valid(key, when)).count();
  }

  private static boolean valid(ApiKey key, Instant when) {
    return (key.expiresAt() == null || key.expiresAt().isAfter(when))
        && (key.revokedAt() == null || key.revokedAt().isAfter(when));
  }

  private List<String> ids(Predicate<ClientRow> which) {
    return owners(one -> which.test(one.client()));
  }

  private List<String> owners(Predicate<WithKeys> which) {
    return view.metadata().clients().stream()
        .filter(which)
        .map(one -> one.client().clientId())
        .toList();
  }
}
