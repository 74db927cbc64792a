/** The command line over the jobs: arguments, tables and JSON, exit codes. */
@NullMarked
package io.penstock.provisioning.command;

import org.jspecify.annotations.NullMarked;
