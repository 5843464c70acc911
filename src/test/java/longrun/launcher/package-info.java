/**
 * The shell scripts that find Java, build and start the program, tried on folders of stand-ins for
 * Java and Maven.
 */
package longrun.launcher;
