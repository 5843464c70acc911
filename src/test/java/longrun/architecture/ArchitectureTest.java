package longrun.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.EvaluationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program keeps the rules of {@link Layers} and {@link SourceRules}, and planted mistakes break
 * them.
 */
class ArchitectureTest {
  private static final Path SOURCES = Path.of("src/main/java");
  private static final String PLANTED = "longrun.architecture.planted";

  private static final JavaClasses PROGRAM =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("longrun");
  private static final JavaClasses PLANTED_CLASSES =
      new ClassFileImporter().importPackages(PLANTED);

  private final Layers layers = new Layers("longrun");
  private final Layers plantedLayers = new Layers(PLANTED);

  @Test
  void theProgramIsThere() {
    assertTrue(
        PROGRAM.contain("longrun.config.RunConfig"), "no classes: the rules hold of nothing");
  }

  @Test
  void importsPointDownward() {
    layers.importsPointDownward().check(PROGRAM);
  }

  @Test
  void onlyCliPrintsOrExits() {
    layers.onlyCliPrintsOrExits().check(PROGRAM);
  }

  @Test
  void randomnessIsCounterBased() {
    Layers.randomnessIsCounterBased().check(PROGRAM);
  }

  @Test
  void everyPackageExplainsItself() throws IOException {
    assertEquals(List.of(), SourceRules.packagesWithoutInfo(SOURCES));
  }

  @Test
  void sumsHaveAFixedOrder() throws IOException {
    assertEquals(List.of(), SourceRules.unorderedReductions(SOURCES));
  }

  @Test
  void anUpwardImportIsCaught() {
    EvaluationResult result = plantedLayers.importsPointDownward().evaluate(PLANTED_CLASSES);
    List<String> details = result.getFailureReport().getDetails();
    assertTrue(mentions(details, "config.ImportsUpward", "cli.Top"), details::toString);
    assertTrue(mentions(details, "stray.Stray", "in no package"), details::toString);
    assertEquals(2, details.size(), details::toString);
  }

  @Test
  void aPrintOrAnExitOutsideCliIsCaught() {
    EvaluationResult result = plantedLayers.onlyCliPrintsOrExits().evaluate(PLANTED_CLASSES);
    List<String> details = result.getFailureReport().getDetails();
    assertTrue(mentions(details, "config.Prints.print()", "System.out"), details::toString);
    assertTrue(mentions(details, "config.Prints.complain(", "printStackTrace"), details::toString);
    assertTrue(mentions(details, "config.Prints.leave()", "System.exit"), details::toString);
    assertEquals(3, details.size(), details::toString);
  }

  @Test
  void otherRandomnessIsCaught() {
    EvaluationResult result = Layers.randomnessIsCounterBased().evaluate(PLANTED_CLASSES);
    List<String> details = result.getFailureReport().getDetails();
    assertTrue(mentions(details, "config.Draws.draw()", "Math.random"), details::toString);
    assertTrue(
        mentions(details, "config.Draws.drawAgain()", "java.util.Random"), details::toString);
  }

  private static boolean mentions(List<String> details, String place, String thing) {
    return details.stream().anyMatch(line -> line.contains(place) && line.contains(thing));
  }

  @Test
  void aPackageWithoutInfoIsCaught(@TempDir Path folder) throws IOException {
    write(folder.resolve("longrun/explained/package-info.java"), "package longrun.explained;");
    write(folder.resolve("longrun/explained/A.java"), "class A {}");
    write(folder.resolve("longrun/silent/B.java"), "class B {}");
    assertEquals(List.of(Path.of("longrun/silent")), SourceRules.packagesWithoutInfo(folder));
  }

  @Test
  void aSumWithoutAnOrderIsCaught(@TempDir Path folder) throws IOException {
    write(
        folder.resolve("Sums.java"),
        """
        /** Never {@code reduceLanes(ADD)}. */
        class Sums {
          // nor reduceLanes(VectorOperators.ADD)
          float max = v.reduceLanes(VectorOperators.MAX);
          float first = v.reduceLanes(VectorOperators.ADD);
          float second = v.reduceLanes(
              MUL, mask);
          float third = v.reduceLanesToLong(operator);
          String text = "reduceLanes(ADD)";
        }
        """);
    assertEquals(
        List.of("Sums.java:5", "Sums.java:6", "Sums.java:8"),
        SourceRules.unorderedReductions(folder));
  }

  @Test
  void everyLayerNameIsAPackageOrNotYetWritten() throws IOException {
    try (Stream<Path> children = Files.list(SOURCES.resolve("longrun"))) {
      List<String> unknown =
          children
              .filter(Files::isDirectory)
              .map(child -> child.getFileName().toString())
              .filter(name -> !Layers.ORDER.contains(name))
              .toList();
      assertEquals(List.of(), unknown);
    }
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
