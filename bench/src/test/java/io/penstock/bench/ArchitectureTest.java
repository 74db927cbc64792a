package io.penstock.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the tree of modules promises. It stands here because the bench alone sees every module. */
class ArchitectureTest {
  private static final JavaClasses PENSTOCK =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.penstock");

  private static void check(ArchRule rule) {
    // A module may still be empty; that all are seen has a test of its own.
    rule.allowEmptyShould(true).check(PENSTOCK);
  }

  @ParameterizedTest
  @ValueSource(strings = {"core", "delivery", "local", "provisioning", "router", "dlq", "bench"})
  void everyModuleIsSeen(String module) {
    assertThat(PENSTOCK.containPackage("io.penstock." + module)).isTrue();
  }

  /** The launcher builds without tests: what a module's tests share stands in the test kit. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "core",
        "delivery",
        "deploy/local",
        "deploy/local/testkit",
        "provisioning",
        "router",
        "dlq-reprocessor",
        "bench",
        "dist"
      })
  void noModuleThatTheLauncherBuildsNeedsAnothersTests(String module) throws IOException {
    assertThat(Path.of("..", module, "pom.xml")).content().doesNotContain("<type>test-jar</type>");
  }

  /** Which modules a module must not know, and what to do instead. */
  static Stream<Arguments> strangers() {
    String ofApplications =
        "each application is built, started and released by itself; move what two of them need to core";
    return Stream.of(
        arguments("router", List.of("provisioning", "dlq", "local", "bench"), ofApplications),
        arguments("provisioning", List.of("router", "dlq", "local", "bench"), ofApplications),
        arguments("dlq", List.of("router", "provisioning", "local", "bench"), ofApplications),
        arguments(
            "core",
            List.of("delivery", "router", "provisioning", "dlq", "local", "bench"),
            "every application depends on core; let the application pass in what core needs,"
                + " as a value or an interface of core"),
        arguments(
            "delivery",
            List.of("router", "provisioning", "dlq", "local", "bench"),
            "it delivers the rows of any contract for any application; what records mean is"
                + " a Contract, which the application passes in"),
        arguments(
            "local",
            List.of("router", "provisioning", "dlq", "bench"),
            "the applications' tests start the local stack, so it would need itself;"
                + " start the application as a process through ./penstock instead"));
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void modulesDependOnWhatTheyMay(String module, List<String> strangers, String because) {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.penstock." + module + "..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                strangers.stream().map(one -> "io.penstock." + one + "..").toArray(String[]::new))
            .because(because));
  }

  @Test
  void coreKnowsNoKafkaStreams() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.penstock.core..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.kafka.streams..")
            .because(
                "only what delivers rows is a Kafka Streams application; move the class to"
                    + " delivery, or give it kafka-clients' types"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"util", "utils", "service", "services", "impl"})
  void packagesAreNamedForTheDomain(String name) {
    check(
        noClasses()
            .should()
            .resideInAPackage("io.penstock.." + name + "..")
            .because(
                "such a name says nothing of what is inside; name the package for the part of the"
                    + " domain that it handles, or put the class beside its only caller"));
  }

  @Test
  void packagesHaveNoCycles() {
    SliceAssignment byPackage =
        new SliceAssignment() {
          @Override
          public SliceIdentifier getIdentifierOf(JavaClass one) {
            return SliceIdentifier.of(one.getPackageName());
          }

          @Override
          public String getDescription() {
            return "packages";
          }
        };
    check(
        SlicesRuleDefinition.slices()
            .assignedFrom(byPackage)
            .should()
            .beFreeOfCycles()
            .because(
                "of two packages that need each other neither can be read, tested or moved alone;"
                    + " move what both need to one of them, or below both"));
  }
}
