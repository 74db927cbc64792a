/** Files of exported letters: written, read, checked, and brought back. */
@NullMarked
package io.penstock.dlq.archive;

import org.jspecify.annotations.NullMarked;
