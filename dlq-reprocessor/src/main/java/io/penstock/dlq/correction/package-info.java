/** What {@code ./penstock dlq edit} does to an event's bytes. */
@NullMarked
package io.penstock.dlq.correction;

import org.jspecify.annotations.NullMarked;
