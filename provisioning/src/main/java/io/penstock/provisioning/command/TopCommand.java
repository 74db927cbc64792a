package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Commands;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Screen;
import io.penstock.core.cli.Shows;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.Durations;
import io.penstock.core.config.HttpConfig;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.top.Overview;
import io.penstock.provisioning.top.OverviewText;
import io.penstock.provisioning.top.Reckoning;
import io.penstock.provisioning.top.Scrape.Address;
import io.penstock.provisioning.top.Scrape.Kind;
import io.penstock.provisioning.top.Scrape.Round;
import io.penstock.provisioning.top.Scraper;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./penstock top}. */
@Command(
    name = "top",
    mixinStandardHelpOptions = true,
    description = {
      "Shows what the running processes do, by their own metrics and health, until Ctrl-C: rates, freshness, lag, budgets, breakers, the busiest and the sickest clients, dead letters by reason.",
      "Exit codes: 0 somebody answered; 1 with --once, nobody did."
    })
@Shows(Overview.class)
public final class TopCommand implements Callable<Integer> {
  private static final Duration LEAST_INTERVAL = Duration.ofMillis(200);
  private static final Duration MOST_INTERVAL = Duration.ofHours(1);

  private static final Set<String> SCHEMES = Set.of("http", "https");

  /** Addresses that stand for all of a machine's. */
  private static final Set<String> ANY = Set.of("0.0.0.0", "::", "[::]");

  @Mixin private Output output = new Output();

  @Option(
      names = "--process",
      paramLabel = "URL",
      split = ",",
      description =
          "Where a process serves metrics, as in http://10.0.0.7:8080; several with commas, or by repeating the option. Default: the configured ports of this machine.")
  private List<String> processes = new ArrayList<>();

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      description = "How often processes are asked; default: ${DEFAULT-VALUE}.")
  private String interval = "2s";

  @Option(
      names = "--once",
      description =
          "Show one interval, and end. Else the terminal is drawn over until Ctrl-C; a pipe gets one view after the other.")
  private boolean once;

  @Override
  public Integer call() throws InterruptedException {
    Duration pause = pause();
    Collection<Address> addresses = processes.isEmpty() ? configured() : named();
    boolean live = !once && !output.json() && Screen.isThere();
    try (Scraper scraper = new Scraper();
        Screen screen = live ? new Screen(output.out()) : null) {
      CommandRun.current().whenInterrupted(scraper::close);
      return once ? once(scraper, addresses, pause) : follow(scraper, addresses, pause, screen);
    }
  }

  private int once(Scraper scraper, Collection<Address> addresses, Duration pause)
      throws InterruptedException {
    Round first = ask(scraper, addresses);
    boolean _ = CommandRun.current().sleep(pause);
    return show(Reckoning.of(first, ask(scraper, addresses)));
  }

  private static Round ask(Scraper scraper, Collection<Address> addresses)
      throws InterruptedException {
    Round round = scraper.ask(addresses);
    CommandRun.current().checkpoint();
    if (round.isSilent()) {
      Overview view = Reckoning.of(null, round);
      throw CommandFailure.failed("No process answers", null)
          .problems(view.silences())
          .remedy("./penstock router starts one; --process names others")
          .result(view);
    }
    return round;
  }

  private int follow(
      Scraper scraper, Collection<Address> addresses, Duration pause, @Nullable Screen screen)
      throws InterruptedException {
    Round earlier = scraper.ask(addresses);
    if (screen != null) {
      draw(screen, Reckoning.of(null, earlier));
    }
    // Nobody reads on: the next command of a pipe has ended.
    while (!CommandRun.current().sleep(pause) && !output.out().checkError()) {
      Round later = scraper.ask(addresses);
      if (CommandRun.current().interrupted()) {
        break;
      }
      Overview view = Reckoning.of(earlier, later);
      if (screen != null) {
        draw(screen, view);
      } else {
        int _ = show(view);
      }
      earlier = later;
    }
    return ExitCode.DONE;
  }

  private static void draw(Screen screen, Overview view) {
    Screen.Size size = screen.size();
    screen.draw(OverviewText.of(view, size.columns(), size.rows()));
  }

  int show(Overview view) {
    return output.show(
        view,
        out -> {
          OverviewText.of(view, output.columns(), Integer.MAX_VALUE)
              .forEach(line -> out.println(line.text()));
          if (!once) {
            out.println();
          }
        });
  }

  private Duration pause() {
    Duration pause = JobOptions.duration("--interval", interval);
    if (pause == null
        || pause.compareTo(LEAST_INTERVAL) < 0
        || pause.compareTo(MOST_INTERVAL) > 0) {
      throw CommandFailure.usage(
          "--interval %s is not from %s to %s"
              .formatted(
                  interval, Durations.format(LEAST_INTERVAL), Durations.format(MOST_INTERVAL)));
    }
    return pause;
  }

  /** Those of this machine, by the configuration. */
  private static Collection<Address> configured() {
    Map<URI, Address> found = new LinkedHashMap<>();
    Commands.config(reader ->
            List.of(
                new Served(Kind.ROUTER, HttpConfig.from(reader, ConfigKeys.ROUTER_HTTP_PORT)),
                new Served(Kind.DLQ, HttpConfig.from(reader, ConfigKeys.DLQ_HTTP_PORT)),
                new Served(
                    Kind.PROVISION, HttpConfig.from(reader, ConfigKeys.PROVISION_HTTP_PORT))))
        .config()
        .stream()
        .filter(one -> one.http.port() != 0)
        .forEach(one ->
            found.merge(
                one.uri(),
                new Address(one.uri(), one.kind),
                (first, _) -> new Address(first.uri(), Kind.UNKNOWN)));
    if (found.isEmpty()) {
      throw CommandFailure.usage(
          "The configured ports are 0, so any: say with --process where the processes are.");
    }
    return found.values();
  }

  private record Served(Kind kind, HttpConfig http) {
    URI uri() {
      return url("http", ANY.contains(http.host()) ? "127.0.0.1" : http.host(), http.port());
    }
  }

  private Collection<Address> named() {
    Map<URI, Address> found = new LinkedHashMap<>();
    for (String one : processes) {
      URI uri = parsed(one);
      found.put(uri, new Address(uri, Kind.UNKNOWN));
    }
    return found.values();
  }

  private static URI parsed(String text) {
    try {
      URI uri = new URI(text);
      String scheme = uri.getScheme();
      boolean bare = uri.getPath() == null || uri.getPath().isEmpty() || uri.getPath().equals("/");
      if (scheme != null && SCHEMES.contains(scheme) && uri.getHost() != null && bare) {
        return url(scheme, uri.getHost(), uri.getPort());
      }
    } catch (URISyntaxException notOne) {
      // told below
    }
    throw CommandFailure.usage(
        "--process \"%s\" is not a URL such as http://10.0.0.7:8080".formatted(text));
  }

  private static URI url(String scheme, String host, int port) {
    try {
      return new URI(scheme, null, host, port, null, null, null);
    } catch (URISyntaxException e) {
      throw CommandFailure.usage("\"%s\" is not the name or address of a host".formatted(host));
    }
  }
}
