package io.penstock.provisioning.top;

import io.penstock.provisioning.top.Scrape.Kind;
import io.penstock.provisioning.top.Scrape.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Made-up overviews for tests of what people and scripts see. */
public final class Overviews {
  private static final Instant AT = Instant.parse("2026-11-21T10:00:00.123Z");

  private Overviews() {}

  /** Of some processes, one of which has an outage, and of so many clients. */
  public static Overview busy(int clients) {
    List<Overview.ClientLoad> loads = new ArrayList<>();
    for (int i = 1; i <= clients; i++) {
      loads.add(
          new Overview.ClientLoad(
              i == 2
                  ? "a-client-whose-name-is-as-long-as-names-may-be-and-no-longer-64"
                  : "acme-" + i,
              1_000.0 / i,
              123_456.7 / i,
              7_000 / i,
              i % 3 == 0 ? 0.25 * i : 0,
              i % 3 == 0 ? 10 : 0,
              i == 2 ? 12.0 : 0,
              i == 2 ? 100 : 0,
              0.4 * i));
    }
    loads.add(new Overview.ClientLoad(Overview.OTHER, 3.25, 999.0, 30, 0.0, 0, 0.0, 0, null));
    return new Overview(
        AT,
        2.001,
        List.of(
            new Overview.ProcessState("127.0.0.1:8080", Kind.ROUTER, State.OK, List.of()),
            new Overview.ProcessState(
                "127.0.0.1:8090",
                Kind.ROUTER,
                State.FAILING,
                List.of(
                    "ClickHouse target eu does not answer, intake is paused: Connection refused",
                    "partition shared_raw_events-3 has made no progress for 1m")),
            new Overview.ProcessState(
                "127.0.0.1:8081", Kind.DLQ, State.DEGRADED, List.of("it heals again")),
            new Overview.ProcessState(
                "127.0.0.1:8082", Kind.PROVISION, State.SILENT, List.of("nobody listens there"))),
        new Overview.Routers(
            12_345.0,
            1_234_567.0,
            9_876_543,
            1.5,
            42,
            new Overview.Freshness(
                Overview.Measured.INTERVAL, 24_702, 0.62, 1.25, 12.5, 5, 12.0, 100),
            new Overview.Lag(1_204, 125.3, "shared_raw_events-3", 1, 2, 6, 0),
            new Overview.Inserts(19.5, 20, 0.5, 12_300_000, 67_108_864),
            1,
            List.of(new Overview.Target("default", true), new Overview.Target("eu", false))),
        loads,
        List.of(
            new Overview.Cause("CLIENT_UNAVAILABLE", 1.5, 40),
            new Overview.Cause("ROW_REJECTED", 0.0, 2)),
        new Overview.Healing(1, 0.5, 17, 12, 1),
        new Overview.Canary(100, 98, 1, 1.9));
  }

  /** Of a router that was asked for the first time, and has done nothing. */
  public static Overview idle() {
    return new Overview(
        AT,
        0,
        List.of(new Overview.ProcessState("127.0.0.1:8080", Kind.ROUTER, State.OK, List.of())),
        new Overview.Routers(
            null,
            null,
            0,
            null,
            0,
            new Overview.Freshness(Overview.Measured.LIFE, 0, null, null, null, 5, null, 0),
            new Overview.Lag(0, 0, "", 0, 0, 6, 0),
            new Overview.Inserts(null, 10, null, 0, 67_108_864),
            0,
            List.of()),
        List.of(),
        List.of(),
        null,
        null);
  }
}
