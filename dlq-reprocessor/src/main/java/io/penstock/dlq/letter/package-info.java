/** How letters are shown and counted. */
@NullMarked
package io.penstock.dlq.letter;

import org.jspecify.annotations.NullMarked;
