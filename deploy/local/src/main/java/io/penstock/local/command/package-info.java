/** What {@code ./penstock local} does, one class a command. */
@NullMarked
package io.penstock.local.command;

import org.jspecify.annotations.NullMarked;
