package io.penstock.provisioning.target;

import io.penstock.core.config.ConfigSource;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a target is to be reached, as an operator gives it.
 *
 * @param url {@code http://host:port} or {@code https://host:port}
 * @param passwordVariable the name of an environment variable; null: no password
 * @param caFile a certificate (PEM) that every process finds there; null: the JVM's
 * @param cluster null: a single server
 */
public record TargetSettings(
    String url,
    String user,
    @Nullable String passwordVariable,
    @Nullable String caFile,
    @Nullable String cluster) {

  /** What is wrong with them, a sentence each; never repeats a password. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    checkUrl(problems);
    if (user.isBlank()) {
      problems.add("The user is empty.");
    }
    if (passwordVariable != null) {
      if (!passwordVariable.matches("[A-Z][A-Z0-9_]{0,127}")) {
        problems.add(
            "The password variable is not 1 to 128 of A-Z, 0-9 and _, beginning with a letter. It names an environment variable; the password itself is never given here.");
      } else if (passwordVariable.startsWith("PENSTOCK_")
          && !passwordVariable.startsWith(ConfigSource.TARGET_PREFIX)) {
        problems.add(
            "The password variable %s would be taken for a setting of Penstock; let it begin with %s, or not with PENSTOCK_."
                .formatted(passwordVariable, ConfigSource.TARGET_PREFIX));
      } else if (passwordVariable.endsWith("_FILE")) {
        problems.add(
            "The password variable %s ends in _FILE; name it without: each process looks for the password under the name, then for a file under the name with _FILE."
                .formatted(passwordVariable));
      }
    }
    if (caFile != null && (caFile.isBlank() || !url.startsWith("https:"))) {
      problems.add("A CA file is of use with https:// only.");
    }
    if (cluster != null && !cluster.matches("[A-Za-z_][A-Za-z0-9_]{0,62}")) {
      problems.add("The cluster \"%s\" is not a plain identifier.".formatted(cluster));
    }
    return problems;
  }

  private void checkUrl(List<String> problems) {
    URI parsed;
    try {
      parsed = new URI(url);
    } catch (URISyntaxException e) {
      problems.add("The URL is not one.");
      return;
    }
    if (parsed.getRawUserInfo() != null || url.contains("@")) {
      // Not repeated: it may hold a password.
      problems.add(
          "The URL has a user or a password in it; give them by --user and --password-variable.");
    } else if (!url.matches("https?://[^/?#@\\s]+/?") || parsed.getHost() == null) {
      problems.add("The URL \"%s\" is not http://host:port or https://host:port.".formatted(url));
    }
  }
}
