package io.penstock.provisioning.client;

import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.job.Effects;
import io.penstock.provisioning.schema.MigrateOutcome;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.MigrationRun;
import io.penstock.provisioning.schema.Waves;
import io.penstock.provisioning.target.Export;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A process that does one job and dies, as by {@code kill -9}, before one of its steps. */
final class KilledJob {
  static final int DIED = 137;
  static final String GROUP = "killed-routers";

  private KilledJob() {}

  /** Arguments: the job, the client, the step (from 1), the folder of an export. */
  public static void main(String[] args) throws Exception {
    int last = Integer.parseInt(args[2]);
    AtomicInteger count = new AtomicInteger();
    Effects effects =
        step -> {
          if (count.incrementAndGet() == last) {
            Runtime.getRuntime().halt(DIED);
          }
        };
    ProvisioningApp.Config of = Metadata.configOfEnvironment();
    ProvisioningApp.Config config =
        new ProvisioningApp.Config(
            of.postgres(),
            of.redis(),
            of.clickHouse(),
            Metadata.LEDGER,
            Metadata.routers(of.routers().kafka(), GROUP));
    try (ProvisioningApp app = new ProvisioningApp(config, "killed", effects)) {
      run(app, args[0], args[1], Path.of(args[3]));
    }
  }

  /** Does a job; what it returns is nobody's concern here. */
  static void run(ProvisioningApp app, String job, String client, Path folder) throws Exception {
    var _ =
        switch (job) {
          case "create" -> app.registry().create(NewClient.of(client, client));
          case "provision" -> app.provisioner(Migration.folder(Metadata.HOME)).provision(client);
          case "migrate" ->
              app.migrationRun(folder.resolveSibling("migrations"))
                  .run(
                      new MigrationRun.Request(List.of(client), 1, null, Waves.DEFAULT, false),
                      new MigrationRun.Progress() {
                        @Override
                        public void wave(int number, int size, int done, int total) {}

                        @Override
                        public void client(MigrateOutcome outcome) {}
                      });
          case "suspend" -> app.lifecycle().suspend(client, "killed");
          case "set" ->
              app.lifecycle().set(client, new ClientChange(null, null, null, 30, null, null));
          case "rotate" -> app.keys().rotate(client, "next", null, Duration.ZERO);
          case "deprovision" ->
              app.deprovisioner()
                  .run(
                      new DeprovisionRequest(
                          client,
                          null,
                          Duration.ofSeconds(20),
                          folder,
                          Export.Format.PARQUET,
                          true),
                      line -> {});
          default -> throw new IllegalArgumentException(job);
        };
  }
}
