/**
 * JMH benchmarks of longrun. One class per question; its name is the name of the result file. A
 * benchmark that counts work reports it through an {@link org.openjdk.jmh.annotations.AuxCounters}
 * in operations per nanosecond, so that flops come out as GFLOP/s.
 */
package longrun.bench;
