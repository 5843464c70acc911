/**
 * The distribution that {@code mvn -Pdist package} packs, used as on a machine that has nothing of
 * what built it. {@code mvn -Pdist verify} runs these tests.
 */
package longrun.distribution;
