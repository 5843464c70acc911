package longrun.architecture;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.core.domain.properties.HasParameterTypes.Predicates.rawParameterTypes;
import static com.tngtech.archunit.lang.SimpleConditionEvent.violated;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.List;

/**
 * The rules that every package keeps, for the packages below a root, so that they can be tried on
 * planted ones.
 */
final class Layers {
  /** From the top; a package may import those after it. */
  static final List<String> ORDER =
      List.of(
          "cli",
          "report",
          "sweep",
          "measure",
          "train",
          "verify",
          "store",
          "cuda",
          "cpu",
          "reference",
          "engine",
          "plan",
          "model",
          "task",
          "config",
          "random");

  private final String root;

  Layers(String root) {
    this.root = root;
  }

  /** Every class is in a package of the order, and uses only its own and those below it. */
  ArchRule importsPointDownward() {
    return ArchRuleDefinition.classes()
        .should(
            new ArchCondition<JavaClass>("import only packages below their own") {
              @Override
              public void check(JavaClass from, ConditionEvents events) {
                int rank = rank(from);
                if (rank < 0) {
                  events.add(
                      violated(from, from.getName() + " is in no package of the order " + ORDER));
                  return;
                }
                for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                  int other = rank(dependency.getTargetClass());
                  if (other >= 0 && other < rank) {
                    events.add(violated(from, dependency.getDescription()));
                  }
                }
              }
            });
  }

  /** Only the command line talks to the terminal and ends the process. */
  ArchRule onlyCliPrintsOrExits() {
    return ArchRuleDefinition.noClasses()
        .that()
        .resideOutsideOfPackage(root + ".cli..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .orShould()
        .callMethodWhere(
            target(name("printStackTrace"))
                .and(target(rawParameterTypes(new Class<?>[0])))
                .and(target(owner(assignableTo(Throwable.class)))))
        .as("only cli prints or exits");
  }

  /**
   * Random numbers come from {@code longrun.random} alone: the others need state or differ by run.
   */
  static ArchRule randomnessIsCounterBased() {
    return ArchRuleDefinition.noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.Random")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.SplittableRandom")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.security.SecureRandom")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.util.random")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .callMethod(StrictMath.class, "random")
        .as("random numbers come from longrun.random");
  }

  /** Place in the order, or -1 for a class that is not below the root or not in the order. */
  private int rank(JavaClass javaClass) {
    String name = javaClass.getPackageName();
    if (!name.startsWith(root + ".")) {
      return -1;
    }
    String below = name.substring(root.length() + 1);
    int dot = below.indexOf('.');
    return ORDER.indexOf(dot < 0 ? below : below.substring(0, dot));
  }
}
