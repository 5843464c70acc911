/**
 * The command line: the commands a person types, what they see while a run trains, and the exit
 * codes.
 *
 * <p>Owns: {@link longrun.cli.Main} and its commands, the progress display, signals, and the
 * mapping of failures to exit codes. May import every other package; nothing imports it.
 * Invariants: only this package prints or exits; a user's mistake never shows a stack trace; what
 * {@code train} can find wrong, it finds before it creates a run folder; {@code --version} and
 * {@code --help} load no engine and no parser of files.
 */
package longrun.cli;
