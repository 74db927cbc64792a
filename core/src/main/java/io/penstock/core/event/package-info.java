/**
 * The event contract: one pass over a record's bytes yields an {@link io.penstock.core.event.Event}
 * or a {@link io.penstock.core.refusal.Refusal}.
 */
@NullMarked
package io.penstock.core.event;

import org.jspecify.annotations.NullMarked;
