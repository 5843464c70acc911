/**
 * What the documents say is so. The README's commands, options, files and exit codes exist, its
 * figures are the measured ones; kernels say what {@code kernels/README.md} and their headers have
 * to, and the table of their registers is the compiler's.
 */
package longrun.documents;
