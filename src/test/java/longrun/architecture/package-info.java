/**
 * The rules of the whole program, checked: layers, who prints, where random numbers come from,
 * documented packages, sums with a fixed order. {@code planted} holds classes that break each rule,
 * so that a rule that catches nothing fails.
 */
package longrun.architecture;
