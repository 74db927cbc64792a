package io.penstock.delivery.insert;

import io.penstock.core.clickhouse.ClickHouseErrors;
import io.penstock.core.clickhouse.ErrorClass;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientRules;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/**
 * The one answer to where a client's rows go now, from which targets there are, which of them are
 * down, and which clients' databases take no rows; and what a failed attempt means for that answer.
 * Thread-safe.
 */
public final class Routes {
  /** How many attempts a client's inserts may fail while the server answers, and look its fault. */
  private static final int PATIENT_ATTEMPTS = 3;

  private final Targets targets;
  private final Outages outages;
  private final ClientBreakers breakers;
  private final LongSupplier nanoTime;

  /** When each target took rows last, whoever's; nanoseconds. */
  private final ConcurrentMap<String, Long> acknowledged = new ConcurrentHashMap<>();

  /**
   * @param targets not closed here
   * @param outages not closed here
   * @param nanoTime the time, as {@link System#nanoTime}
   */
  public Routes(Targets targets, Outages outages, ClientBreakers breakers, LongSupplier nanoTime) {
    this.targets = targets;
    this.outages = outages;
    this.breakers = breakers;
    this.nanoTime = nanoTime;
  }

  /** Whether rows wait for a target, so that nothing can be committed. */
  public boolean isWaiting() {
    return outages.isWaiting();
  }

  /** Where a client's rows go. Blocks for PostgreSQL's time-outs where a target is not known. */
  Route find(ClientMetadata client) {
    String odd = ClientRules.databaseProblem(client.database());
    if (odd != null) {
      return new Route.Park(0, odd);
    }
    String name = client.target();
    return switch (outages.state(name)) {
      case WAITS -> new Route.Wait();
      case PARKS -> new Route.Park(ClickHouseErrors.NETWORK, outages.detail(name));
      case UP ->
          switch (targets.find(name)) {
            case Targets.Unknown(String problem) -> new Route.Park(0, problem);
            case Targets.Unavailable(String detail) -> {
              outages.openUnknown(name, detail);
              yield new Route.Wait();
            }
            case Targets.Known(InsertTarget target) -> {
              ClientBreakers.Trouble trouble = breakers.parks(client.clientId());
              yield trouble != null
                  ? new Route.Park(trouble.code(), trouble.detail())
                  : new Route.Insert(
                      target, breakers.isOpen(client.clientId()) || outages.isTrying(name));
            }
          };
    };
  }

  /** An insert of the client was acknowledged. */
  void acknowledged(ClientMetadata client, InsertTarget target) {
    breakers.close(client.clientId());
    acknowledged.put(target.name(), nanoTime.getAsLong());
  }

  /** Every row that was to be inserted into these targets has been taken. */
  void allTaken(Set<String> names) {
    names.forEach(outages::taken);
  }

  /** The client's own database, table or rights are at fault. */
  void clientTrouble(ClientMetadata client, int code, String detail) {
    breakers.open(client.clientId(), code, detail);
  }

  /**
   * Inserts of a client have failed for the whole of an attempt, in a way that may pass.
   *
   * @param attemptBegan when; nanoseconds
   * @return where its rows go now: they wait, or are parked, since the trouble is the client's own
   */
  Route failed(
      ClientMetadata client, InsertTarget target, int code, String detail, long attemptBegan) {
    if (!target.answers()) {
      outages.open(target.name(), detail);
      return new Route.Wait();
    }
    ErrorClass errorClass = ClickHouseErrors.classify(code);
    if (errorClass == ErrorClass.SERVER) {
      outages.refuses(target.name(), code, detail);
      return new Route.Wait();
    }
    String clientId = client.clientId();
    if (breakers.isOpen(clientId)) {
      return parked(client, code, detail);
    }
    ClientBreakers.Strikes strikes = breakers.strike(clientId, attemptBegan);
    boolean isPatient = strikes.count() < PATIENT_ATTEMPTS;
    if (isAcknowledgedSince(target, strikes.since())
        && (errorClass == ErrorClass.TABLE || !isPatient)) {
      // The target takes others' rows, so this is the trouble of this client alone.
      return parked(client, code, detail);
    }
    if (!isPatient) {
      outages.refuses(target.name(), code, detail);
    }
    // It was slow, full or gone, and may be back: the commit is held and comes again.
    return new Route.Wait();
  }

  private Route parked(ClientMetadata client, int code, String detail) {
    clientTrouble(client, code, detail);
    return new Route.Park(code, detail);
  }

  private boolean isAcknowledgedSince(InsertTarget target, long since) {
    Long last = acknowledged.get(target.name());
    return last != null && last - since >= 0;
  }
}
