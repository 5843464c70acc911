/** What the README says is so: its commands, options, files and exit codes exist. */
package longrun.documents;
