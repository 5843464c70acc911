/**
 * JMH benchmarks of longrun, and {@code bench/run}, which runs them. One class per question; its
 * name is the name of the result file. A benchmark that counts work reports it through {@link
 * longrun.bench.Flops} and {@link longrun.bench.Bytes} in operations per nanosecond, so that flops
 * come out as GFLOP/s.
 *
 * <p>Forks and iterations rest on a measurement, on two virtual cores of an EPYC with other work on
 * them: the processor time of an operation over nine windows of 0.4 s, in three JVMs for each. Only
 * the first window holds compilation: from the second on, JVMs keep a level. Levels of different
 * JVMs differ by 1 to 3%. What is larger are jumps by up to half that last for seconds, in all
 * benchmarks alike: a neighbour on the core. Against these, many short forks help, and long ones do
 * not. So the CPU's benchmarks have three forks of two seconds to warm up and three that count;
 * where one needs other settings it says why.
 */
package longrun.bench;
