/** The service that replays what heals by itself: {@code ./penstock dlq run}. */
@NullMarked
package io.penstock.dlq.heal;

import org.jspecify.annotations.NullMarked;
