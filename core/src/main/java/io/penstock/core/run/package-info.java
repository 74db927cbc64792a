/** One run of a command: what it waits for and how patiently, and how it is told to end. */
@NullMarked
package io.penstock.core.run;

import org.jspecify.annotations.NullMarked;
